using SynapseLab.Topologies;

namespace SynapseLab.Scenarios;

/// <summary>What scenarios ask of a topology. Each returns what is lacking, null where nothing is. Where nothing else is said, it is about
/// the first homeserver.</summary>
internal static class TopologyNeeds
{
    /// <summary>Several workers that serve syncs.</summary>
    public static string? SyncWorkers(Topology topology) =>
        Serving(topology, "sync") >= 2 || (Serving(topology, "sync") == 0 && Serving(topology, "*") >= 2)
            ? null
            : "at least two workers that serve syncs";

    /// <summary>Workers for syncs, and others for initial syncs.</summary>
    public static string? InitialSyncWorkers(Topology topology) =>
        Serving(topology, "initial_sync") > 0
        && !topology.Homeservers[0].Workers.Any(worker => Serves(worker, "sync") && Serves(worker, "initial_sync"))
            ? null
            : "a worker for initial syncs alone";

    /// <summary>Several persisters.</summary>
    public static string? Persisters(Topology topology) =>
        topology.Homeservers[0].StreamWriters.GetValueOrDefault("events") is { Count: >= 2 }
            ? null
            : "at least two writers of the stream events";

    /// <summary>Several homeservers.</summary>
    public static string? Homeservers(Topology topology, int count = 2) =>
        topology.Homeservers.Count >= count ? null : $"at least {count} homeservers";

    /// <summary>A homeserver, any, with several senders, and others to send to.</summary>
    public static string? Senders(Topology topology) =>
        Homeservers(topology) ?? (topology.Homeservers.Any(homeserver => homeserver.FederationSenderInstances.Count >= 2)
            ? null
            : "a homeserver with at least two federation senders");

    /// <summary>A homeserver, any, whose outbound federation is restricted, and one without workers.</summary>
    public static string? RestrictedFederation(Topology topology) =>
        SingleProcess(topology) ?? (topology.Homeservers.Any(homeserver => homeserver.OutboundFederationRestrictedTo.Count > 0)
            ? null
            : "a homeserver with outbound_federation_restricted_to");

    /// <summary>A homeserver, any but the first, without workers.</summary>
    public static string? SingleProcess(Topology topology) =>
        Homeservers(topology) ?? (topology.Homeservers.Skip(1).Any(homeserver => homeserver.Workers.Count == 0)
            ? null
            : "a homeserver without workers, not the first");

    /// <summary>Processes that can be told apart by their addresses.</summary>
    public static string? SeparateContainers(Topology topology) =>
        topology.Packing == Packing.Separate ? null : "a container for each process (packing: separate)";

    private static int Serving(Topology topology, string routeGroup) =>
        topology.Homeservers[0].Workers.Count(worker => Serves(worker, routeGroup));

    private static bool Serves(WorkerTopology worker, string routeGroup) => worker.Role.RouteGroups.Contains(routeGroup);
}
