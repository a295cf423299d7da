namespace SynapseLab.Topologies.Roles;

/// <summary>Database clean-up and other background work (docs/workers.md "Background tasks").</summary>
internal static class BackgroundWorker
{
    public static WorkerRole Role { get; } = new("background_worker", "Runs the background tasks that main would run otherwise.")
    {
        NeedsListingIn = "run_background_tasks_on",
    };
}
