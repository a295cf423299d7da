namespace SynapseLab.Topologies.Roles;

/// <summary>Requests of other homeservers except transactions (docs/workers.md "Federation requests").</summary>
internal static class FederationReader
{
    public static WorkerRole Role { get; } = new("federation_reader", "Serves what other homeservers ask for: events, state, joins, keys.")
    {
        Resources = ["federation"],
        RouteGroups = ["federation_reads"],
    };
}
