namespace SynapseLab.Topologies.Roles;

/// <summary>Sends to other homeservers, sharded by destination (docs/workers.md "synapse.app.federation_sender").</summary>
internal static class FederationSender
{
    public static WorkerRole Role { get; } = new("federation_sender", "Sends to other homeservers, its share of the destinations.")
    {
        NeedsListingIn = "federation_sender_instances",
    };
}
