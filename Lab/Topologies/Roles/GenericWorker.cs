namespace SynapseLab.Topologies.Roles;

/// <summary>Whatever a generic worker may serve and no other role claims (docs/workers.md "synapse.app.generic_worker").</summary>
internal static class GenericWorker
{
    public static WorkerRole Role { get; } = new("generic_worker", "Serves requests of clients and other homeservers that no other role claims.")
    {
        Resources = ["client", "federation"],
        RouteGroups = ["*"],
    };
}
