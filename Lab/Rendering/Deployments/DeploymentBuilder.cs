using SynapseLab.Plans;
using SynapseLab.Proxies;
using SynapseLab.Topologies;

namespace SynapseLab.Deployments;

/// <summary>Resolves a topology into containers, files, ports and secrets. Pure:
/// the same topology and inputs give the same deployment.</summary>
public static class DeploymentBuilder
{
    /// <summary>Resolves a topology.</summary>
    /// <param name="topology">A topology without problems.</param>
    /// <param name="inputs">What it needs of the machine.</param>
    /// <exception cref="LabException">Exit code 2: ports overlap, or the topology's proxy is not known.</exception>
    public static Deployment Build(Topology topology, DeploymentInputs inputs)
    {
        var homeservers = ProcessPlan.Of(topology, inputs.HostPrefix);
        var connections = ConnectionPlan.Of(homeservers, topology.PostgresMaxConnections);
        var withRedis = homeservers.Any(homeserver => homeserver.Processes.Count > 1);

        var containers = new List<ContainerSpec> { PostgresContainer.Spec(inputs, connections, LimitsOf(topology, PostgresContainer.Name)) };
        var files = new List<LabFile>(PostgresContainer.Files(homeservers));
        if (withRedis)
        {
            containers.Add(RedisContainer.Spec(inputs, LimitsOf(topology, RedisContainer.Name), topology.Sockets));
            files.AddRange(RedisContainer.Files(topology.Sockets));
        }

        foreach (var homeserver in homeservers)
        {
            containers.AddRange(SynapseContainers.Specs(homeserver, topology, inputs));
            files.AddRange(SynapseContainers.Files(homeserver, topology, connections, inputs));
        }

        containers.Add(ProxyContainer.Spec(homeservers, topology, inputs));
        files.AddRange(ProxyRenderers.For(topology.Proxy.Kind).Render(homeservers, topology.Proxy));
        CheckPorts(containers);
        return new Deployment
        {
            LabName = inputs.LabName ?? topology.Name,
            Topology = topology,
            Homeservers = homeservers,
            // Main containers before the workers of all homeservers: they are what workers may wait for.
            Containers = [.. containers.OrderBy(container => StartOrder(container.Kind))],
            Files = [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)],
            Secrets = LabSecrets.All(homeservers),
            Endpoints =
            [
                .. homeservers.Select((homeserver, k) => new LabEndpoint("client", homeserver.Key, Loopback("http", inputs.Ports.Client + k))),
                .. homeservers.Select((homeserver, k) => new LabEndpoint("federation", homeserver.Key, Loopback("https", inputs.Ports.Federation + k))),
                new LabEndpoint("operator", null, Loopback("http", inputs.Ports.Operator)),
                new LabEndpoint("sql", null, Loopback("tcp", inputs.Ports.Sql)),
            ],
        };
    }

    private static Limits LimitsOf(Topology topology, string container) => topology.Limits.GetValueOrDefault(container, new Limits());

    private static int StartOrder(ContainerKind kind) => kind switch
    {
        ContainerKind.Postgres => 0,
        ContainerKind.Redis => 1,
        ContainerKind.Main or ContainerKind.Homeserver => 2,
        ContainerKind.Worker => 3,
        _ => 4,
    };

    private static void CheckPorts(IEnumerable<ContainerSpec> containers)
    {
        var ports = containers.SelectMany(container => container.Ports).ToArray();
        if (ports.FirstOrDefault(port => port.HostPort is < 1 or > 65535) is { } impossible)
        {
            throw LabException.WrongUse($"port {impossible.HostPort} for {impossible.Name} does not exist", null, "Choose lower ports");
        }

        if (ports.GroupBy(port => port.HostPort).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw LabException.WrongUse(
                $"port {twice.Key} would be used twice, for {string.Join(" and ", twice.Select(port => port.Name))}",
                null,
                "Move the ports further apart; each homeserver takes one client and one federation port");
        }
    }

    private static Uri Loopback(string scheme, int port) => new UriBuilder(scheme, "127.0.0.1", port).Uri;
}
