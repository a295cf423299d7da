namespace SynapseLab.Topologies.Roles;

/// <summary>The media repository (docs/workers.md "synapse.app.media_repository"). Writes quarantined_media_changes where it is listed for it.</summary>
internal static class MediaRepository
{
    public static WorkerRole Role { get; } = new("media_repository", "Takes in, stores and serves media; main then has no media repository.")
    {
        Resources = ["media"],
        Replication = true,
        RouteGroups = ["media"],
    };
}
