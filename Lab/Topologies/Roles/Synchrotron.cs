namespace SynapseLab.Topologies.Roles;

/// <summary>/sync and sliding sync (docs/workers.md "Sync requests").</summary>
internal static class Synchrotron
{
    public static WorkerRole Role { get; } = new("synchrotron", "Serves /sync and sliding sync, so that long polls have processes of their own.")
    {
        Resources = ["client"],
        RouteGroups = ["sync", "sliding_sync"],
    };
}
