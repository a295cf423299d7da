namespace SynapseLab.Topologies.Roles;

/// <summary>Transactions of other homeservers (docs/workers.md "Inbound federation transaction request").</summary>
internal static class FederationInbound
{
    public static WorkerRole Role { get; } = new("federation_inbound", "Takes in transactions of other homeservers, each origin by one process.")
    {
        Resources = ["federation"],
        RouteGroups = ["federation_inbound"],
    };
}
