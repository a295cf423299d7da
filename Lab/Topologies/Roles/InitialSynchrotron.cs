namespace SynapseLab.Topologies.Roles;

/// <summary>Syncs without a starting point, which cost much more than others (docs/workers.md "Sync requests").</summary>
internal static class InitialSynchrotron
{
    public static WorkerRole Role { get; } = new("initial_synchrotron", "Serves syncs that start from nothing, so that they do not hold up the others.")
    {
        Resources = ["client"],
        RouteGroups = ["initial_sync"],
    };
}
