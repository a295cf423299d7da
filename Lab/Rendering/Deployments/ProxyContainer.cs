using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Proxies;
using SynapseLab.Topologies;

namespace SynapseLab.Deployments;

/// <summary>The reverse proxy before all homeservers; on the lab's network it answers under their server names.</summary>
internal static class ProxyContainer
{
    public const string Name = ContainerNames.Proxy;

    public static ContainerSpec Spec(IReadOnlyList<Homeserver> homeservers, Topology topology, DeploymentInputs inputs)
    {
        var renderer = ProxyRenderers.For(topology.Proxy.Kind);
        return new ContainerSpec
        {
            Name = Name,
            Kind = ContainerKind.Proxy,
            Image = renderer.ImageOf(inputs.Images),
            // Without the image's entry point, whose scripts look for configurations to change.
            Entrypoint = [renderer.Command[0]],
            Command = [.. renderer.Command.Skip(1)],
            Mounts =
            [
                new Mount("proxy", LabPaths.ProxyConfig),
                // Not the sockets of replication: the proxy cannot even try to reach those.
                .. topology.Sockets == Sockets.Unix
                    ? homeservers.Select(homeserver => new Mount($"{SynapseContainers.SocketFolder(homeserver)}/client", $"{LabPaths.Sockets}/{homeserver.Key}/client"))
                    : [],
            ],
            Aliases = [.. homeservers.Select(homeserver => homeserver.ServerName)],
            Ports =
            [
                .. homeservers.Select((homeserver, k) => new PublishedPort(PortName("client", homeserver, homeservers), inputs.Ports.Client + k, LabPaths.ClientPort + k)),
                .. homeservers.Select((homeserver, k) => new PublishedPort(PortName("federation", homeserver, homeservers), inputs.Ports.Federation + k, LabPaths.FederationPort + k)),
                new PublishedPort("operator", inputs.Ports.Operator, LabPaths.OperatorPort),
            ],
            Limits = topology.Limits.GetValueOrDefault(Name, new Limits()),
        };
    }

    private static string PortName(string name, Homeserver homeserver, IReadOnlyList<Homeserver> homeservers) =>
        homeservers.Count == 1 ? name : $"{name}-{homeserver.Key}";
}
