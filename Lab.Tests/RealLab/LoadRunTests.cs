using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>Small loads on the running reference lab. They measure nothing: they show that what is measured is true.</summary>
[Collection(ReferenceLab.Name)]
[Trait("Lab", "real")]
public sealed class LoadRunTests(ReferenceLab reference) : IDisposable
{
    private static readonly LoadProfile Profile = new()
    {
        Name = "test",
        Users = 6,
        Rooms = new RoomShape(3, 4, Popularity.Even),
        Duration = TimeSpan.FromSeconds(5),
        Open = new OpenWorkload(6, Arrival.Poisson, new OperationMix(3, 1, 1)),
        Closed = new ClosedWorkload(null, TimeSpan.FromSeconds(30)),
    };

    // As many operations, in less time.
    private static readonly LoadProfile Brief =
        Profile with { Duration = TimeSpan.FromSeconds(1.5), Open = Profile.Open! with { Rate = 20 } };

    private readonly string _folder = Directory.CreateTempSubdirectory("lab-load-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_load_loses_nothing_and_the_processes_tell_who_did_what()
    {
        var result = await RunAsync(Brief);

        // Neither good nor bad is meant here: how fast and how quiet the machine is today says nothing of what is counted.
        Assert.Empty(result.Errors);
        Assert.Equal((RunEnd.Complete, true, true), (result.End, result.Deliveries.Clean, result.Short));
        var send = result.Operations.Single(operation => operation.Operation == "send");
        Assert.Equal((long?)send.Planned, send.Done);

        // Four members in each room, the sender among them, all with a sync open.
        Assert.Equal(4 * send.Done, result.Deliveries.Delivered);

        double Of(string process, Func<ProcessResult, double> what) => what(result.Processes.Single(one => one.Process == process));
        Assert.True(Of("events_persister1", process => process.EventsPersisted) >= send.Done);
        Assert.All(
            result.Processes.Where(process => process.Process != "events_persister1"),
            process => Assert.Equal(0, process.EventsPersisted));
        var syncs = result.Processes
            .Where(process => process.Process.StartsWith("generic_worker", StringComparison.Ordinal))
            .Sum(process => process.Syncs);
        Assert.True(
            syncs >= result.Operations.Single(operation => operation.Operation == "sync").Done,
            $"{syncs} syncs by the generic workers' metrics");
        Assert.All(result.Containers, container => Assert.True(container.CpuSeconds > 0, $"{container.Container} used no CPU"));

        var samples = await File.ReadAllLinesAsync(Path.Combine(_folder, ResultFolder.Samples));
        Assert.Equal(result.Operations.Sum(operation => operation.Done) + 1, samples.Length);
        Assert.All(
            samples.Where(line => line.Contains(",send,", StringComparison.Ordinal)),
            line => Assert.Matches(",(main|generic_worker[123]),", line));
    }

    [Fact]
    public async Task A_second_run_finds_the_users_of_the_first_and_does_the_same_operations()
    {
        var first = await RunAsync(Brief);
        var users = await CountUsersAsync();
        var second = await RunAsync(Brief);

        Assert.Equal(users, await CountUsersAsync());
        Assert.Equal(Planned(first), Planned(second));
        Assert.Equal(
            Planned(first).Select(entry => entry.Count),
            second.Operations.Where(operation => operation.Workload == "open").Select(operation => (int?)operation.Done));
    }

    [Fact]
    public async Task Stopping_a_run_reports_what_ran()
    {
        using var stop = new CancellationTokenSource();
        var result = await RunAsync(Profile with { Duration = TimeSpan.FromMinutes(10) }, new AtShare(0.003, stop.Cancel), stop.Token);

        Assert.Equal((RunEnd.Interrupted, false), (result.End, result.Saturated));
        Assert.Empty(result.Problems);
        Assert.InRange(result.LoadSeconds, 1, 60);
        Assert.InRange(result.Operations.Single(operation => operation.Operation == "send").Done, 1, 500);
    }

    [Fact]
    public async Task Before_the_load_begins_nothing_is_said_of_how_far_it_is()
    {
        var slow = new SlowToBegin();

        await SmallLoad.RunAsync(reference.Lab, Brief, _folder, slow, default, slow);

        Assert.Equal((0, true), (slow.ToldBefore, slow.ToldAfter > 0));
    }

    // Frozen, it answers nobody: the run has to end without its numbers.
    [Fact]
    public async Task A_worker_that_is_frozen_ends_the_run_which_is_then_no_good_result()
    {
        var lab = reference.Lab;
        var result = await BreakAsync(
            () => lab.PauseAsync("generic_worker3", CancellationToken.None),
            () => lab.UnpauseAsync("generic_worker3", CancellationToken.None));

        Assert.Equal((RunEnd.Broken, "broken, not a result"), (result.End, result.Headline));
        Assert.Equal(["generic_worker3 was paused"], result.Problems);
        Assert.Contains("generic_worker3 gave no metrics after the load: what it did is not known", result.Gaps);
    }

    // Until SIGCONT it answers nobody, as one that has no time for anybody; to the engine it runs.
    [Fact]
    public async Task A_worker_that_does_not_answer_for_its_metrics_is_a_gap_and_not_dead()
    {
        var lab = reference.Lab;
        Task SignalAsync(string signal) => lab.Engine.KillAsync(lab.ContainerId("federation_sender1"), signal, CancellationToken.None);
        Task? stopping = null;
        try
        {
            var result = await RunAsync(Brief, new AtShare(0.2, () => stopping = SignalAsync("SIGSTOP")));

            Assert.Equal((RunEnd.Complete, true), (result.End, result.Deliveries.Clean));
            Assert.Contains("federation_sender1 gave no metrics after the load: what it did is not known", result.Gaps);
            Assert.DoesNotContain(result.Processes, process => process.Process == "federation_sender1");
        }
        finally
        {
            await (stopping ?? Task.CompletedTask);
            await SignalAsync("SIGCONT");
            await lab.WaitReadyAsync(TimeSpan.FromMinutes(2), CancellationToken.None);
        }
    }

    // Nobody would hear of a worker that dies from then on.
    [Fact]
    public async Task An_engine_that_goes_silent_ends_the_run_which_is_then_no_good_result_but_keeps_its_numbers()
    {
        using var relay = new SocketRelay(EngineLookup.OfThisProcess().Find().Path);
        await using var lab = await RunningLab.AttachAsync(
            reference.Lab.Name, LabRoot.Find(), new DockerEngine(
                new EngineSocket(relay.Path)), TimeProvider.System, CancellationToken.None);
        var result = await RunAsync(Profile with { Duration = TimeSpan.FromMinutes(10) }, new AtShare(0.003, relay.Cut), lab: lab);

        Assert.Equal((RunEnd.Broken, false), (result.End, result.Good));
        Assert.Equal("the container engine stopped telling what happens", result.Problems[0]);

        // Only where the kernel's accounts cannot be seen, and the engine has to be asked.
        Assert.All(result.Problems.Skip(1), problem =>
            Assert.StartsWith("not every reading of the containers' CPU and memory was made: ", problem, StringComparison.Ordinal));
        Assert.InRange(result.LoadSeconds, 1, 60);
        Assert.Equal(reference.Lab.Deployment.Processes.Select(process => process.Id), result.Processes.Select(process => process.Process));
        Assert.True(File.Exists(Path.Combine(_folder, ResultFolder.Samples)));
    }

    private static IReadOnlyList<(string Operation, int? Count)> Planned(LoadResult result) =>
        [
            .. result.Operations.Where(operation => operation.Workload == "open").Select(operation =>
                (operation.Operation, operation.Planned)),
        ];

    /// <summary>
    /// Runs a load that is to last long, does something to the shared lab soon after its begin, and undoes that before the next test.
    /// </summary>
    private async Task<LoadResult> BreakAsync(Func<Task> breakAsync, Func<Task> mendAsync)
    {
        Task? breaking = null;
        try
        {
            return await RunAsync(Profile with { Duration = TimeSpan.FromMinutes(10) }, new AtShare(0.003, () => breaking = breakAsync()));
        }
        finally
        {
            // A run that failed before anything was broken tells its own reason.
            if (breaking is not null)
            {
                await breaking;
                await mendAsync();
                await reference.Lab.WaitReadyAsync(TimeSpan.FromMinutes(2), CancellationToken.None);
            }
        }
    }

    private async Task<long> CountUsersAsync()
    {
        await using var command = reference.Lab.Database().CreateCommand("SELECT count(*) FROM users");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private Task<LoadResult> RunAsync(
        LoadProfile profile,
        IProgress<LoadProgress>? progress = null,
        CancellationToken stop = default,
        RunningLab? lab = null) =>
        SmallLoad.RunAsync(lab ?? reference.Lab, profile, _folder, progress, stop);

    /// <summary>A driver that takes its time to get ready, and counts what is told of the load before and after it begins.</summary>
    private sealed class SlowToBegin : ILoadDriver, IProgress<LoadProgress>
    {
        private readonly BuiltInDriver _driver = new();
        private bool _begun;

        public string Name => _driver.Name;

        public int ToldBefore { get; private set; }

        public int ToldAfter { get; private set; }

        public async Task RunAsync(DriverRun run, CancellationToken cancellationToken)
        {
            await run.Clock.UntilAsync(1_000_000_000, cancellationToken);
            await _driver.RunAsync(
                run with
                {
                    Begin = () =>
                    {
                        _begun = true;
                        run.Begin();
                    },
                },
                cancellationToken);
        }

        public void Report(LoadProgress value)
        {
            if (value.Phase == "load")
            {
                (ToldBefore, ToldAfter) = _begun ? (ToldBefore, ToldAfter + 1) : (ToldBefore + 1, ToldAfter);
            }
        }
    }

    /// <summary>Does something once, when so much of the load is over.</summary>
    private sealed class AtShare(double share, Action act) : IProgress<LoadProgress>
    {
        private int _done;

        public void Report(LoadProgress value)
        {
            if (value.Phase == "load" && value.Share >= share && Interlocked.Exchange(ref _done, 1) == 0)
            {
                act();
            }
        }
    }
}
