namespace SynapseLab.Topologies.Roles;

/// <summary>Traffic to application services (docs/workers.md "Notifying Application Services").</summary>
internal static class Appservice
{
    public static WorkerRole Role { get; } = new("appservice", "Sends events to application services.")
    {
        NeedsListingIn = "notify_appservices_from_worker",
    };
}
