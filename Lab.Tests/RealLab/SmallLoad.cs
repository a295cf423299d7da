using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Runtimes;

namespace SynapseLab.Tests.RealLab;

/// <summary>Runs loads on the labs of tests.</summary>
internal static class SmallLoad
{
    /// <summary>Runs one.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="profile">What to do.</param>
    /// <param name="folder">Where the samples go.</param>
    /// <param name="progress">Told where the run is; null: nobody.</param>
    /// <param name="stop">As Ctrl-C.</param>
    /// <param name="driver">Who plays it; null: the lab's own.</param>
    public static Task<LoadResult> RunAsync(
        RunningLab lab,
        LoadProfile profile,
        string folder,
        IProgress<LoadProgress>? progress = null,
        CancellationToken stop = default,
        ILoadDriver? driver = null) =>
        new LoadRun(new LoadRunInputs
        {
            Lab = lab,
            Profile = profile,
            Driver = driver ?? new BuiltInDriver(),
            Command = "a test",
            Folder = folder,

            // As long as the profile allows: what must hold is that all arrives, not how fast this machine is.
            DrainAfterStop = profile.DeliveryDeadline,
            Progress = progress ?? new Silent(),
        }).RunAsync(stop);

    private sealed class Silent : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
        }
    }
}
