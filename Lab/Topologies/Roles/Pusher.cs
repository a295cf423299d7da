namespace SynapseLab.Topologies.Roles;

/// <summary>Push notifications, sharded by user (docs/workers.md "synapse.app.pusher").</summary>
internal static class Pusher
{
    public static WorkerRole Role { get; } = new("pusher", "Sends push notifications for its share of the users.")
    {
        NeedsListingIn = "pusher_instances",
    };
}
