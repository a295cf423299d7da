using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Runs;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>A load on a lab whose processes share a container, of which the engine tells nothing when one of them ends.</summary>
[Collection(PackedLab.Name)]
[Trait("Lab", "real")]
public sealed class PackedLoadTests(PackedLab packed)
{
    [Fact]
    public async Task A_process_that_dies_in_a_shared_container_ends_the_run_and_is_named()
    {
        using var folder = new TemporaryFolder();
        var profile = new LoadProfile
        {
            Name = "test",
            Users = 4,
            Rooms = new RoomShape(1, 3, Popularity.Even),
            Duration = TimeSpan.FromMinutes(10),
            Open = new OpenWorkload(5, Arrival.Poisson, new OperationMix(1, 0, 0)),
            Closed = new ClosedWorkload(null, TimeSpan.FromSeconds(30)),
        };
        Task? killing = null;
        try
        {
            var result = await SmallLoad.RunAsync(
                packed.Lab,
                profile,
                folder.Path,
                new OnceLoaded(() => killing = packed.Lab.KillAsync("generic_worker3", CancellationToken.None)));

            Assert.Equal((RunEnd.Broken, "broken, not a result"), (result.End, result.Headline));
            Assert.Equal(["generic_worker3 ended"], result.Problems);
            Assert.InRange(result.LoadSeconds, 0, 60);
        }
        finally
        {
            await (killing ?? Task.CompletedTask);
            await packed.Lab.StartAsync("generic_worker3", CancellationToken.None);
            await packed.Lab.WaitReadyAsync(TimeSpan.FromMinutes(2), CancellationToken.None);
        }
    }

    /// <summary>Does something once, when the load has begun.</summary>
    private sealed class OnceLoaded(Action act) : IProgress<LoadProgress>
    {
        private int _done;

        public void Report(LoadProgress value)
        {
            if (value.Phase == "load" && Interlocked.Exchange(ref _done, 1) == 0)
            {
                act();
            }
        }
    }
}
