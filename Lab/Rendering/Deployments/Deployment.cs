using SynapseLab.Plans;
using SynapseLab.Routing;
using SynapseLab.Topologies;

namespace SynapseLab.Deployments;

/// <summary>
/// A fully resolved lab: containers, files with their contents, ports, secrets by name, start order and health.
/// Made by a pure function of topology and inputs; every runtime takes it as it is.
/// </summary>
public sealed record Deployment
{
    /// <summary>The lab's name, unique on the machine: <c>reference</c>. Compose project and network are called
    /// <c>synapse-lab-{Name}</c>.</summary>
    public required string LabName { get; init; }

    /// <summary>What it was made from.</summary>
    public required Topology Topology { get; init; }

    /// <summary>The homeservers with their processes, in topology order.</summary>
    public required IReadOnlyList<Homeserver> Homeservers { get; init; }

    /// <summary>All containers in start order: a container starts after those it depends on.</summary>
    public required IReadOnlyList<ContainerSpec> Containers { get; init; }

    /// <summary>The files of the lab's folder, without secrets. Stable order (ordinal by path).</summary>
    public required IReadOnlyList<LabFile> Files { get; init; }

    /// <summary>The secrets that have to lie in the lab's folder before the start.</summary>
    public required IReadOnlyList<SecretFile> Secrets { get; init; }

    /// <summary>Where the running lab is reached from this machine.</summary>
    public required IReadOnlyList<LabEndpoint> Endpoints { get; init; }

    /// <summary>All Synapse processes of all homeservers, main first in each.</summary>
    public IEnumerable<SynapseProcess> Processes => Homeservers.SelectMany(homeserver => homeserver.Processes);

    /// <summary>Makes the map of where its proxy sends each request.</summary>
    public RouteMap BuildRoutes() => RouteMap.Build(Homeservers, Topology.Proxy);

    /// <summary>A homeserver as people name it.</summary>
    /// <param name="word">Its server_name or its short name: <c>home.example</c>, <c>home</c>; null: the first.</param>
    /// <exception cref="LabException">There is none (exit code 2); the message lists those there are.</exception>
    public Homeserver HomeserverOf(string? word) =>
        Homeservers.FirstOrDefault(homeserver => word is null || homeserver.IsCalled(word)) ?? throw Homeserver.Unknown(word!, Homeservers);

    /// <summary>The secret with which users are registered (Synapse's docs/admin_api/register_api.md).</summary>
    public SecretFile RegistrationSecretOf(Homeserver homeserver) => Secrets.Single(secret =>
        secret.Path.StartsWith(homeserver.Key + "/", StringComparison.Ordinal) && secret.Path.Contains("registration_shared_secret", StringComparison.Ordinal));
}
