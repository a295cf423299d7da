using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Proxies;
using SynapseLab.Routing;
using SynapseLab.Tests.Containers;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Tests.Proxies;

/// <summary>
/// A real proxy with the lab's configuration. In place of Synapse stands an nginx that listens on every process's port under
/// every process's name and tells what reached it: "8101 GET /_matrix/client/versions".
/// </summary>
internal sealed class ProxyUnderTest : IAsyncDisposable
{
    private readonly string _name = $"lab-proxy-test-{Guid.NewGuid():N}"[..28];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lab-proxy-test-");
    private readonly OwnContainers _own;
    private readonly Dictionary<string, IContainer> _containers = [];
    private INetwork? _network;

    private ProxyUnderTest(OwnContainers own, IReadOnlyList<Homeserver> homeservers, ProxyTopology proxy)
    {
        _own = own;
        Homeservers = homeservers;
        Proxy = proxy;
        Map = RouteMap.Build(homeservers, proxy);
    }

    public IReadOnlyList<Homeserver> Homeservers { get; }

    public ProxyTopology Proxy { get; }

    public RouteMap Map { get; }

    public int ClientPort { get; private set; }

    public int FederationPort { get; private set; }

    /// <summary>Where 443 is published: other homeservers look for <c>/.well-known/matrix/server</c> there.</summary>
    public int WellKnownPort { get; private set; }

    public int OperatorPort { get; private set; }

    /// <summary>
    /// Starts proxy and stand-in. Processes named in <paramref name="apart"/> get a stand-in container of their own. Those in
    /// <paramref name="missing"/> have none when the proxy starts, so that not even their names resolve: <see cref="StartMissingAsync"/>
    /// brings them.
    /// </summary>
    public static async Task<ProxyUnderTest> StartAsync(
        Homeserver homeserver,
        ProxyTopology proxy,
        CancellationToken cancellationToken,
        IReadOnlyCollection<string>? apart = null,
        IReadOnlyCollection<string>? missing = null)
    {
        var test = new ProxyUnderTest(await OwnContainers.OnThisMachineAsync(cancellationToken), [homeserver], proxy);
        try
        {
            await test.StartAsync(apart ?? [], missing ?? [], cancellationToken);
            return test;
        }
        catch
        {
            await test.DisposeAsync();
            throw;
        }
    }

    public RawHttp Client() => new("127.0.0.1", ClientPort);

    public Task StopAsync(string process, CancellationToken cancellationToken) => _containers[process].StopAsync(cancellationToken);

    public Task StartAsync(string process, CancellationToken cancellationToken) => _containers[process].StartAsync(cancellationToken);

    /// <summary>Brings a process that was missing when the proxy started.</summary>
    public Task StartMissingAsync(string process, CancellationToken cancellationToken) =>
        StartStandInAsync(
            process,
            [Homeservers.SelectMany(homeserver => homeserver.Processes).Single(candidate => candidate.Name == process)],
            cancellationToken);

    public string AddressOf(string process) => _containers[process].IpAddress;

    /// <summary>The access log.</summary>
    public async Task<string> ProxyLogAsync(CancellationToken cancellationToken) => (await LogsAsync(cancellationToken)).Stdout;

    /// <summary>Everything it has written: the access log and its errors.</summary>
    public async Task<string> ProxyOutputAsync(CancellationToken cancellationToken)
    {
        var (output, errors) = await LogsAsync(cancellationToken);
        return output + errors;
    }

    /// <summary>Stops every process that was not named to stand apart.</summary>
    public Task StopTheRestAsync(CancellationToken cancellationToken) => StopAsync("rest", cancellationToken);

    /// <summary>Holds an address of the network, so that whoever had it cannot get it back.</summary>
    public Task OccupyAnAddressAsync(CancellationToken cancellationToken) => StartStandInAsync("other", [], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_containers.Values.Select(container => container.DisposeAsync().AsTask()));
        if (_network is not null)
        {
            await _network.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    // Of some thirty networks that the engine has addresses for by itself, two checkouts that run their tests would need all: a small one
    // of its own, drawn by chance, since others draw too. "Pool overlaps with other one on this address space".
    private async Task CreateNetworkAsync(CancellationToken cancellationToken)
    {
        for (var tries = 20; _network is null; tries--)
        {
            var subnet = string.Create(CultureInfo.InvariantCulture, $"10.231.{Random.Shared.Next(256)}.{32 * Random.Shared.Next(8)}/27");
            var network = _own
                .NewNetwork(_name)
                .WithCreateParameterModifier(parameters => parameters.IPAM = new IPAM { Config = [new IPAMConfig { Subnet = subnet }] })
                .Build();
            try
            {
                await network.CreateAsync(cancellationToken);
                _network = network;
            }
            catch (DockerApiException e) when (tries > 1 && e.Message.Contains("overlap", StringComparison.OrdinalIgnoreCase))
            {
                // Another draw.
            }
        }
    }

    private async Task StartAsync(
        IReadOnlyCollection<string> apart,
        IReadOnlyCollection<string> missing,
        CancellationToken cancellationToken)
    {
        var renderer = ProxyRenderers.For(Proxy.Kind);
        WriteFiles(renderer);
        await CreateNetworkAsync(cancellationToken);
        var processes = Homeservers.SelectMany(homeserver => homeserver.Processes)
            .Where(process => !missing.Contains(process.Name))
            .ToArray();
        await StartStandInAsync("rest", [.. processes.Where(process => !apart.Contains(process.Name))], cancellationToken);
        foreach (var process in processes.Where(process => apart.Contains(process.Name)))
        {
            await StartStandInAsync(process.Name, [process], cancellationToken);
        }

        int[] ports = [8008, 8448, 443, 8090];
        var builder = _own.New(renderer.ImageOf(ImageSet.Official))
            .WithName($"{_name}-proxy")
            .WithNetwork(_network)
            .WithBindMount(Path.Combine(_folder.FullName, "proxy"), LabPaths.ProxyConfig, AccessMode.ReadOnly)
            .WithCommand([.. renderer.Command])
            .WithCreateParameterModifier(parameters => parameters.User = "1234:1234");
        var proxy = ports.Aggregate(builder, (some, port) => some.WithPortBinding(port, assignRandomHostPort: true)).Build();
        _containers.Add("proxy", proxy);
        await proxy.StartAsync(cancellationToken);
        (ClientPort, FederationPort) = (proxy.GetMappedPublicPort(8008), proxy.GetMappedPublicPort(8448));
        (WellKnownPort, OperatorPort) = (proxy.GetMappedPublicPort(443), proxy.GetMappedPublicPort(8090));
        await new Waiter(TimeProvider.System).UntilAsync(
            TimeSpan.FromSeconds(20),
            [.. Map.Homeservers.SelectMany(routes => routes.Pools).SelectMany(pool => pool.Members).Distinct().Where(processes.Contains).Select(process => new Condition($"the proxy reaches {process.Id}", async token =>
            {
                using var http = new RawHttp("127.0.0.1", OperatorPort);
                var response = await http.SendAsync("GET", $"/health/{process.Id}", cancellationToken: token);
                return new Observation(response.Status == 200, $"HTTP {response.Status}");
            })), new Condition("every pool answers", EveryPoolAnswersAsync)],
            null,
            cancellationToken);
    }

    private Task StartStandInAsync(string name, IReadOnlyList<SynapseProcess> processes, CancellationToken cancellationToken)
    {
        var container = _own.New(ImageSet.Official.Nginx)
            .WithName($"{_name}-{name}")
            .WithNetwork(_network)
            .WithNetworkAliases(processes.Select(process => process.Host))
            .WithBindMount(_folder.FullName, "/stand-in", AccessMode.ReadOnly)
            .WithCommand("nginx", "-c", "/stand-in/stand-in.conf", "-g", "daemon off;")
            .Build();
        _containers.Add(name, container);
        return container.StartAsync(cancellationToken);
    }

    // A request for each route, because names are looked up for each upstream by itself.
    private async Task<Observation> EveryPoolAnswersAsync(CancellationToken cancellationToken)
    {
        using var http = Client();
        foreach (var route in Map.Routes)
        {
            var entry = route.Entries[0];
            var response = await http.SendAsync(entry.Methods[0], entry.Path.Samples().First(), cancellationToken: cancellationToken);
            if (response.Status != 200)
            {
                return Observation.No($"{route.Name}: HTTP {response.Status}");
            }
        }

        return Observation.Yes("all");
    }

    private Task<(string Stdout, string Stderr)> LogsAsync(CancellationToken cancellationToken) =>
        _containers["proxy"].GetLogsAsync(timestampsEnabled: false, ct: cancellationToken);

    private void WriteFiles(IProxyRenderer renderer)
    {
        // The proxy runs as another user than the test.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        foreach (var file in renderer.Render(Homeservers, Proxy))
        {
            Write(file.Path, file.Contents);
        }

        var ports = Homeservers.SelectMany(homeserver => homeserver.Processes)
            .SelectMany(process => new[] { process.HttpPort, process.MetricsPort })
            .Distinct();
        Write("stand-in.conf", $$"""
            pid /tmp/nginx.pid;
            events { worker_connections 4096; }
            http {
                access_log off;
                large_client_header_buffers 8 32k;
                merge_slashes off;
                server {
                    {{string.Join(' ', ports.Select(port => $"listen {port};"))}}
                    location / { return 200 "$server_port $request_method $request_uri\n"; }
                }
            }

            """);
        foreach (var homeserver in Homeservers)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateRequest($"CN={homeserver.ServerName}", key, HashAlgorithmName.SHA256).CreateSelfSigned(
                DateTimeOffset.UnixEpoch,
                new DateTimeOffset(2049, 1, 1, 0, 0, 0, TimeSpan.Zero));
            Write($"proxy/certs/{homeserver.ServerName}.crt", certificate.ExportCertificatePem() + "\n");
            Write($"proxy/certs/{homeserver.ServerName}.key", key.ExportPkcs8PrivateKeyPem() + "\n");
        }
    }

    private void Write(string path, string contents)
    {
        var file = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, contents);
    }
}
