using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Proxies;
using SynapseLab.Routing;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Tests.Containers;
using SynapseLab.Tests.Proxies;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>A proxy of any kind in front of a running lab, beside the lab's own: the same processes, another way to them.</summary>
internal sealed class SecondProxy : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    private readonly RunningLab _lab;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lab-second-proxy-");
    private IContainer? _container;

    private SecondProxy(RunningLab lab, ProxyTopology proxy)
    {
        _lab = lab;
        Map = RouteMap.Build(lab.Deployment.Homeservers, proxy);
    }

    /// <summary>Where it sends what.</summary>
    public RouteMap Map { get; }

    /// <summary>Client port on 127.0.0.1 of each homeserver, in their order.</summary>
    public IReadOnlyList<int> ClientPorts { get; private set; } = [];

    /// <summary>Port for other homeservers on 127.0.0.1, over TLS, of each homeserver, in their order.</summary>
    public IReadOnlyList<int> FederationPorts { get; private set; } = [];

    public static async Task<SecondProxy> StartAsync(RunningLab lab, string kind, CancellationToken cancellationToken)
    {
        var proxy = new SecondProxy(lab, lab.Deployment.Topology.Proxy with { Kind = kind });
        try
        {
            await proxy.StartAsync(kind, cancellationToken);
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Everything it has logged.</summary>
    public async Task<IReadOnlyList<ProxyLogLine>> LogAsync(CancellationToken cancellationToken) =>
        [.. (await _container!.GetLogsAsync(timestampsEnabled: false, ct: cancellationToken)).Stdout.Split('\n').Select(ProxyLogLine.TryParse).OfType<ProxyLogLine>()];

    public async ValueTask DisposeAsync()
    {
        if (_container is not null)
        {
            await _container.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartAsync(string kind, CancellationToken cancellationToken)
    {
        var renderer = ProxyRenderers.For(kind);
        foreach (var file in renderer.Render(_lab.Deployment.Homeservers, _lab.Deployment.Topology.Proxy with { Kind = kind }))
        {
            var path = Path.Combine(_folder.FullName, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file.Contents, cancellationToken);
        }

        // The place to mount the lab's own certificates on.
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "proxy", "certs"));
        var first = _lab.Deployment.Containers.First(container => container.Kind == ContainerKind.Proxy);
        int[] ports = [.. Enumerable.Range(LabPaths.ClientPort, _lab.Deployment.Homeservers.Count)];
        int[] federationPorts = [.. Enumerable.Range(LabPaths.FederationPort, _lab.Deployment.Homeservers.Count)];
        var builder = (await OwnContainers.OnThisMachineAsync(cancellationToken)).New(renderer.ImageOf(ImageSet.Official))
            .WithName($"synapse-lab-{_lab.Name}-second-{kind}")
            .WithNetwork(_lab.Containers[first.Name].Addresses.Keys.First())
            .WithEntrypoint(renderer.Command[0])
            .WithCommand([.. renderer.Command.Skip(1)])
            .WithBindMount(Path.Combine(_folder.FullName, "proxy"), LabPaths.ProxyConfig, AccessMode.ReadOnly)
            .WithBindMount(Path.Combine(_lab.Folder.Path, "proxy", "certs"), $"{LabPaths.ProxyConfig}/certs", AccessMode.ReadOnly)
            // It reads the lab's own keys.
            .WithCreateParameterModifier(parameters => parameters.User = UnixUser.Current().ToString());
        // With sockets: unix it reaches the processes through folders as the lab's own proxy does.
        builder = first.Mounts.Where(mount => mount.Target.StartsWith(LabPaths.Sockets, StringComparison.Ordinal))
            .Aggregate(builder, (some, mount) => some.WithBindMount(_lab.Folder.File(mount.Source), mount.Target, AccessMode.ReadOnly));
        builder = ports
            .Concat(federationPorts)
            .Append(LabPaths.OperatorPort)
            .Aggregate(builder, (some, port) => some.WithPortBinding(port, assignRandomHostPort: true));
        _container = builder.Build();
        await _container.StartAsync(cancellationToken);
        ClientPorts = [.. ports.Select(port => (int)_container.GetMappedPublicPort(port))];
        FederationPorts = [.. federationPorts.Select(port => (int)_container.GetMappedPublicPort(port))];
        var operatorPort = _container.GetMappedPublicPort(LabPaths.OperatorPort);
        await _lab.Waiter.UntilAsync(
            StartDeadline,
            [.. _lab.Deployment.Processes.Select(process => new Condition($"{kind} reaches {process.Id}", async token =>
            {
                using var http = new RawHttp("127.0.0.1", operatorPort);
                var response = await http.SendAsync("GET", $"/health/{process.Id}", cancellationToken: token);
                return new Observation(response.Status == 200, $"HTTP {response.Status}");
            }))],
            null,
            cancellationToken);
        await _lab.Waiter.UntilAsync(StartDeadline, "every pool answers", EveryPoolAnswersAsync, cancellationToken);
    }

    // A request for each pool, because names are looked up for each upstream by itself.
    private async Task<Observation> EveryPoolAnswersAsync(CancellationToken cancellationToken)
    {
        foreach (var (routes, port) in Map.Homeservers.Zip(ClientPorts))
        {
            using var http = new RawHttp("127.0.0.1", port);
            foreach (var route in Map.Routes.DistinctBy(routes.PoolOf))
            {
                // Without a token nothing happens but an answer.
                var entry = route.Entries[0];
                var response = await http.SendAsync(entry.Methods[0], entry.Path.Samples().First(), cancellationToken: cancellationToken);
                if (response.Status is 502 or 503)
                {
                    return Observation.No($"{routes.PoolOf(route).Name}: HTTP {response.Status}");
                }
            }
        }

        return Observation.Yes("all");
    }
}
