using System.Collections.Concurrent;
using SynapseLab.Cli;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

/// <summary>Every driver that this build has does the same with a workload.</summary>
public sealed class DriverTests
{
    private static readonly LoadDrivers OfThisBuild = LabDrivers.OfThisBuild();

    public static TheoryData<string> Drivers => [.. OfThisBuild.Names];

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Every_operation_of_the_schedule_is_done_once_and_not_before_its_time(string driver)
    {
        var workload = new TestWorkload
        {
            Planned = [.. Enumerable.Range(0, 200).Select(i => new PlannedOperation(i, i * 5_000_000L, OperationKind.Send, 0, 0))],
        };
        var samples = await RunAsync(driver, workload, TimeSpan.FromSeconds(1));

        Assert.Equal(Enumerable.Range(0, 200), workload.Executed.Order());
        Assert.Equal(workload.Planned.Select(operation => operation.At), samples.Select(sample => sample.Intended).Order());
        Assert.All(samples, sample =>
            Assert.True(sample.Started >= sample.Intended, $"started {sample.Intended - sample.Started} ns early"));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task An_open_workload_does_not_wait_for_replies(string driver)
    {
        // The first reply comes when all operations have begun: a driver that waited would never get there.
        var all = new TaskCompletionSource();
        var begun = 0;
        var workload = new TestWorkload
        {
            Planned = [.. Enumerable.Range(0, 50).Select(i => new PlannedOperation(i, i * 1_000_000L, OperationKind.Send, 0, 0))],
            Execute = async (_, cancellationToken) =>
            {
                if (Interlocked.Increment(ref begun) == 50)
                {
                    all.SetResult();
                }

                await all.Task.WaitAsync(cancellationToken);
                return new OperationOutcome(200, 0, 0);
            },
        };
        Assert.Equal(50, (await RunAsync(driver, workload, TimeSpan.FromSeconds(1))).Count);
    }

    [Fact]
    public async Task A_stall_counts_for_every_operation_that_it_held_up()
    {
        // The driver starts operations in one place; one that blocks it for 200 ms delays the 20 that were due meanwhile.
        var workload = new TestWorkload
        {
            Planned = [.. Enumerable.Range(0, 20).Select(i => new PlannedOperation(i, i * 10_000_000L, OperationKind.Send, 0, 0))],
            Execute = (operation, cancellationToken) =>
            {
                if (operation.Number == 0)
                {
                    new ManualResetEventSlim().Wait(TimeSpan.FromMilliseconds(200), cancellationToken);
                }

                return ValueTask.FromResult(new OperationOutcome(200, 0, 0));
            },
        };
        var samples = await RunAsync("builtin", workload, TimeSpan.FromSeconds(1));

        // In its latency, and as a late start: what it took by itself is told apart.
        var held = samples.OrderBy(sample => sample.Intended).ElementAt(10);
        Assert.True(held.Latency >= 100_000_000, $"the one due at 100 ms has a latency of {held.Latency / 1e6} ms");
        Assert.True(
            held.Started - held.Intended >= 100_000_000,
            $"the one due at 100 ms began {(held.Started - held.Intended) / 1e6} ms late");
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Loops_go_on_one_turn_after_the_other(string driver)
    {
        using var stop = new CancellationTokenSource();
        var workload = new TestWorkload { LoopCount = 3 };
        workload.Iterate = async (_, _) =>
        {
            await Task.Yield();
            if (workload.Turns.Count == 3 && workload.Turns.Values.All(turns => turns >= 20))
            {
                await stop.CancelAsync();
            }
        };
        var samples = await RunAsync(driver, workload, TimeSpan.FromSeconds(100), stop.Token);

        Assert.False(workload.TurnsOverlapped);
        Assert.All(samples, sample => Assert.Equal((OperationKind.Sync, 0L), (sample.Operation, sample.Started - sample.Intended)));

        // Of the turns that each loop began, the last one may have been broken off.
        Assert.InRange(samples.Count, workload.Turns.Values.Sum() - 3, workload.Turns.Values.Sum());
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Loops_are_broken_off_when_the_time_is_over_and_not_before(string driver)
    {
        var clock = new RunClock(TimeProvider.System);
        var brokenOff = new ConcurrentBag<long>();
        var workload = new TestWorkload
        {
            LoopCount = 3,
            Iterate = async (_, cancellationToken) =>
            {
                try
                {
                    await UntilBrokenOffAsync(0, cancellationToken);
                }
                finally
                {
                    brokenOff.Add(clock.Now);
                }
            },
        };
        var samples = await RunAsync(driver, workload, TimeSpan.FromSeconds(1), clock: clock).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.NotEmpty(brokenOff);
        Assert.Equal(workload.Turns.Values.Sum(), brokenOff.Count);
        Assert.All(brokenOff, at => Assert.True(at >= 1_000_000_000, $"broken off after {at / 1e6} ms"));
        Assert.Empty(samples);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Loops_go_on_until_the_last_operation_of_the_schedule_has_ended(string driver)
    {
        // Like the last message of a busy server: it ends only when somebody listens after the planned time.
        var clock = new RunClock(TimeProvider.System);
        var heard = new TaskCompletionSource();
        var workload = ListensUntil(heard, clock, () => clock.Now > 1_200_000_000);
        var samples = await RunAsync(driver, workload, TimeSpan.FromSeconds(1), clock: clock);

        Assert.Equal(200, samples.Single(sample => sample.Operation == OperationKind.Send).Status);
        Assert.Equal(0, workload.LoopsRunning);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Loops_of_a_run_that_is_stopped_go_on_until_what_was_sent_has_ended(string driver)
    {
        using var stop = new CancellationTokenSource();
        var clock = new RunClock(TimeProvider.System);
        var heard = new TaskCompletionSource();
        var workload = ListensUntil(heard, clock, () => stop.IsCancellationRequested, stop.Cancel);
        var samples = await RunAsync(driver, workload, TimeSpan.FromSeconds(100), stop.Token, clock: clock);

        Assert.Equal(200, samples.Single(sample => sample.Operation == OperationKind.Send).Status);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Stopping_ends_the_schedule_and_waits_for_what_was_sent(string driver)
    {
        using var stop = new CancellationTokenSource();
        var workload = new TestWorkload
        {
            LoopCount = 1,
            Planned = [.. Enumerable.Range(0, 10_000).Select(i => new PlannedOperation(i, i * 10_000_000L, OperationKind.Send, 0, 0))],
            Execute = async (operation, _) =>
            {
                if (operation.Number == 5)
                {
                    await stop.CancelAsync();
                }

                await Task.Yield();
                return new OperationOutcome(200, 0, 0);
            },
        };
        var samples = await RunAsync(driver, workload, TimeSpan.FromSeconds(100), stop.Token);

        Assert.InRange(workload.Executed.Count, 6, 500);
        Assert.Equal(workload.Executed.Count, samples.Count(sample => sample.Operation == OperationKind.Send));
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task The_end_is_told_once_when_the_last_operation_and_all_loops_have_ended(string driver)
    {
        // The one loop is between two turns again and again, long after the schedule's end. Broken off, its turn holds until the end is
        // told; a driver waits for the turn before it tells that, so the turn gives up after a while.
        var clock = new RunClock(TimeProvider.System);
        var told = new TaskCompletionSource();
        var ends = new List<(int Executed, int Running)>();
        var workload = new TestWorkload
        {
            LoopCount = 1,
            Planned = [.. Enumerable.Range(0, 20).Select(i => new PlannedOperation(i, i * 10_000_000L, OperationKind.Send, 0, 0))],
            Iterate = async (_, cancellationToken) =>
            {
                await clock.UntilAsync(clock.Now + 10_000_000, CancellationToken.None);
                if (cancellationToken.IsCancellationRequested)
                {
                    await Task.WhenAny(told.Task, clock.UntilAsync(clock.Now + 300_000_000, CancellationToken.None).AsTask());
                    cancellationToken.ThrowIfCancellationRequested();
                }
            },
        };
        await RunAsync(
            driver,
            workload,
            TimeSpan.FromSeconds(1),
            clock: clock,
            end: () =>
            {
                ends.Add((workload.Executed.Count, workload.LoopsRunning));
                told.TrySetResult();
            });

        Assert.Equal([(20, 0)], ends);
        Assert.Equal(0, workload.LoopsRunning);
    }

    [NBomberFact]
    public async Task What_NBomber_refuses_is_told_at_once_and_the_schedule_is_not_played()
    {
        // It takes no simulation that is shorter than a second, whatever the driver adds to the planned time.
        var workload = new TestWorkload
        {
            Planned = [.. Enumerable.Range(0, 5).Select(i => new PlannedOperation(i, i * 100_000_000L, OperationKind.Send, 0, 0))],
        };
        var ended = false;
        await Assert.ThrowsAnyAsync<Exception>(() => RunAsync("nbomber", workload, TimeSpan.FromHours(-1), end: () => ended = true));

        Assert.Empty(workload.Executed);
        Assert.False(ended);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task What_goes_wrong_at_the_end_is_told_when_all_have_ended(string driver)
    {
        var workload = new TestWorkload { LoopCount = 1 };
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RunAsync(driver, workload, TimeSpan.FromSeconds(1), end: () => throw new InvalidOperationException("no end")));

        Assert.Equal(0, workload.LoopsRunning);
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public async Task Failures_are_recorded_and_counted_by_cause(string driver)
    {
        var errors = new ErrorTally();
        var workload = new TestWorkload
        {
            Planned = [.. Enumerable.Range(0, 10).Select(i => new PlannedOperation(i, 0, OperationKind.Send, 0, 0))],
            Execute = (operation, _) =>
                ValueTask.FromResult(
                    operation.Number < 3 ? new OperationOutcome(500, 0, 0, "HTTP 500") : OperationOutcome.NoReply("no reply in time")),
        };
        var samples = await RunAsync(driver, workload, TimeSpan.FromSeconds(1), errors: errors);

        Assert.Equal([(OperationKind.Send, "no reply in time", 7L), (OperationKind.Send, "HTTP 500", 3L)], errors.Counts);
        Assert.Equal(3, samples.Count(sample => sample.Status == 500));
        Assert.Equal(7, samples.Count(sample => sample.Status == 0));
    }

    [Fact]
    public void Causes_beyond_a_limit_are_counted_together()
    {
        var errors = new ErrorTally();
        for (var i = 0; i < 1000; i++)
        {
            errors.Add(OperationKind.Send, $"cause {i}");
        }

        Assert.Equal(201, errors.Counts.Count);
        Assert.Equal((OperationKind.Send, "other errors", 800L), errors.Counts[0]);
    }

    [Fact]
    public void A_driver_that_there_is_not_is_refused()
    {
        var error = Assert.Throws<LabException>(() => new LoadDrivers([]).Get("jmeter"));
        Assert.Equal((ExitCodes.WrongUse, "there is no driver 'jmeter'. There are builtin"), (error.ExitCode, error.Message));
    }

    private static async Task<IReadOnlyList<Sample>> RunAsync(
        string driver,
        TestWorkload workload,
        TimeSpan duration,
        CancellationToken stop = default,
        ErrorTally? errors = null,
        Action? end = null,
        RunClock? clock = null)
    {
        using var recorder = new Recorder();
        clock ??= new RunClock(TimeProvider.System);
        var run = new DriverRun
        {
            Workload = workload,
            Duration = duration,
            Instruments = new RunInstruments(clock, recorder, errors ?? new ErrorTally()),
            Begin = clock.Restart,
            Stop = stop,
            EndAsync = _ =>
            {
                end?.Invoke();
                return Task.CompletedTask;
            },
        };
        await OfThisBuild.Get(driver).RunAsync(run, default);
        var samples = new List<Sample>();
        recorder.Drain(taken => samples.AddRange(taken));
        return samples;
    }

    /// <summary>One operation that ends when a turn of the loop sees something, and badly when none does for some seconds.</summary>
    private static TestWorkload ListensUntil(TaskCompletionSource heard, RunClock clock, Func<bool> sees, Action? meanwhile = null) => new()
    {
        LoopCount = 1,
        Planned = [new PlannedOperation(0, 0, OperationKind.Send, 0, 0)],
        Execute = async (_, cancellationToken) =>
        {
            meanwhile?.Invoke();
            var late = clock.UntilAsync(clock.Now + 5_000_000_000, cancellationToken).AsTask();
            return await Task.WhenAny(heard.Task, late) == late
                ? OperationOutcome.NoReply("nobody listened")
                : new OperationOutcome(200, 0, 0);
        },
        Iterate = async (_, cancellationToken) =>
        {
            if (sees())
            {
                heard.TrySetResult();
            }

            await clock.UntilAsync(clock.Now + 10_000_000, cancellationToken);
        },
    };

    private static Task UntilBrokenOffAsync(int loop, CancellationToken cancellationToken) =>
        Task.Delay(Timeout.Infinite, cancellationToken);

    private sealed class TestWorkload : IWorkload
    {
        private readonly ConcurrentDictionary<int, int> _running = new();

        public IReadOnlyList<PlannedOperation> Planned { get; init; } = [];

        public int LoopCount { get; init; }

        public Func<PlannedOperation, CancellationToken, ValueTask<OperationOutcome>> Execute { get; init; } = (_, _) =>
            ValueTask.FromResult(new OperationOutcome(200, 0, 0));

        public ConcurrentBag<int> Executed { get; } = [];

        public Func<int, CancellationToken, Task> Iterate { get; set; } = UntilBrokenOffAsync;

        /// <summary>Turns that each loop has begun.</summary>
        public ConcurrentDictionary<int, int> Turns { get; } = new();

        public bool TurnsOverlapped { get; private set; }

        public int LoopsRunning => _running.Values.Sum();

        public IEnumerable<PlannedOperation> Schedule => Planned;

        public int Loops => LoopCount;

        public OperationKind LoopOperation => OperationKind.Sync;

        public async ValueTask<OperationOutcome> ExecuteAsync(PlannedOperation operation, CancellationToken cancellationToken)
        {
            Executed.Add(operation.Number);
            return await Execute(operation, cancellationToken);
        }

        public async ValueTask<OperationOutcome> IterateAsync(int loop, CancellationToken cancellationToken)
        {
            Turns.AddOrUpdate(loop, 1, (_, turns) => turns + 1);
            if (_running.AddOrUpdate(loop, 1, (_, count) => count + 1) > 1)
            {
                TurnsOverlapped = true;
            }

            try
            {
                await Iterate(loop, cancellationToken);
            }
            finally
            {
                _running.AddOrUpdate(loop, 0, (_, count) => count - 1);
            }

            return new OperationOutcome(200, 0, 0);
        }
    }
}

/// <summary>A test of what only NBomber does; skipped in a build without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NBomberFactAttribute : FactAttribute
{
    public NBomberFactAttribute()
    {
        if (!LabDrivers.OfThisBuild().HaveNBomber)
        {
            Skip = "this build is without NBomber";
        }
    }
}
