using System.Collections.Concurrent;
using NBomber.Contracts;
using NBomber.CSharp;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Planning;
using SynapseLab.LoadTests.Profiles;

namespace SynapseLab.LoadTests.WithNBomber;

/// <summary>
/// NBomber starts the operations: the schedule as one scenario with Inject, the loops as another with KeepConstant. What is measured and
/// how is the lab's own, as with every driver, so that results compare. Kept to the API that NBomber 4, 5 and 6 share.
/// </summary>
public sealed class NBomberDriver : ILoadDriver
{
    // Longer than any last operation takes, and some seconds for getting ready.
    private static readonly TimeSpan Grace = LoadLimits.LongestTimeout + TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    public string Name => "nbomber";

    /// <inheritdoc />
    public async Task RunAsync(DriverRun run, CancellationToken cancellationToken)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var session = new Session(run, closing.Token, cancellationToken);
        var scenarios = new List<ScenarioProps>();

        // On a machine that is busy NBomber may let the first second pass without a turn. It is stopped when the run is over, which begins
        // with the first turn.
        var atMost = run.Duration + Grace;
        if (session.HasSchedule)
        {
            // Inject decides only how many take an operation from the schedule and wait for its time: a quarter more than there are,
            // so that one is always waiting when an operation is due. Those that find nothing left do nothing.
            var rate = (int)Math.Ceiling(session.Rate * 1.25) + 2;
            scenarios.Add(Scenario.Create("schedule", async context => await session.OpenTurnAsync(context))
                .WithoutWarmUp()
                .WithLoadSimulations(Simulation.Inject(rate, TimeSpan.FromSeconds(1), atMost)));
        }

        if (run.Workload.Loops > 0)
        {
            scenarios.Add(Scenario.Create("loops", async context => await session.LoopTurnAsync(context))
                .WithoutWarmUp()
                .WithLoadSimulations(Simulation.KeepConstant(run.Workload.Loops, atMost)));
        }

        // NBomber takes a folder and a console for reports of its own; the lab writes its own, and has a live view already.
        var console = Console.Out;
        Console.SetOut(TextWriter.Null);
        try
        {
            Task bombing = Task.Factory.StartNew(
                () => NBomberRunner.RegisterScenarios([.. scenarios]).WithoutReports().Run(),
                cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            try
            {
                await EndOfScheduleAsync(run, session, bombing, cancellationToken);
                await closing.CancelAsync();
                await session.LandedAsync();
                await run.EndAsync(cancellationToken);
            }
            finally
            {
                // Seconds, in which it puts its own statistics together; whatever went wrong, it must not go on behind its caller's back.
                await bombing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await bombing;
        }
        finally
        {
            Console.SetOut(console);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// Waits until the time is over and the last operation of the schedule has ended. The loops are broken off after it by their token:
    /// NBomber lets a turn end by itself, and a long poll may take long to.
    /// </summary>
    /// <exception cref="LabException">NBomber ended without a turn (exit code 1).</exception>
    private static async Task EndOfScheduleAsync(DriverRun run, Session session, Task bombing, CancellationToken abort)
    {
        await Task.WhenAny(session.Begun, bombing);
        if (session.Begun.IsCompleted)
        {
            await Task.WhenAny(run.TimeIsOverAsync(abort), FaultOf(bombing));
        }

        if (bombing.IsFaulted || !session.Begun.IsCompleted)
        {
            // What it left of the schedule is not played after it: a run that NBomber gave up is none.
            session.GiveUp();
            await session.RestAsync();
            await bombing;
            throw LabException.Failed("NBomber ended before it did anything", null, "Say --driver builtin");
        }

        await session.RestAsync();
    }

    /// <summary>Ends only when the task fails: one that is done early leaves the loops their time.</summary>
    private static Task FaultOf(Task task)
    {
        var fault = new TaskCompletionSource();
        task.ContinueWith(_ => fault.SetResult(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return fault.Task;
    }

    /// <summary>One run: hands out operations and loops, and records.</summary>
    private sealed class Session : IDisposable
    {
        private readonly DriverRun _run;
        private readonly CancellationToken _closing;
        private readonly CancellationToken _abort;
        private readonly IEnumerator<PlannedOperation> _schedule;
        private readonly ConcurrentQueue<int> _loops;
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _played = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _left;
        private bool _resting;
        private bool _closed;
        private int _operations;
        private int _turns;

        public Session(DriverRun run, CancellationToken closing, CancellationToken abort)
        {
            (_run, _closing, _abort) = (run, closing, abort);
            _loops = new ConcurrentQueue<int>(Enumerable.Range(0, run.Workload.Loops));
            _schedule = run.Workload.Schedule.GetEnumerator();
            _left = HasSchedule = _schedule.MoveNext();

            // Counted from the plan, which is the same each time.
            Rate = HasSchedule ? run.Workload.Schedule.Count() / run.Duration.TotalSeconds : 0;
        }

        public bool HasSchedule { get; }

        public double Rate { get; }

        public Task Begun => _begun.Task;

        public void Dispose() => _schedule.Dispose();

        public async Task<IResponse> OpenTurnAsync(IScenarioContext context)
        {
            Begin();
            if (StopRequested(context) || _run.Stop.IsCancellationRequested || !TryTake(out var operation))
            {
                return Response.Ok();
            }

            return await OneAsync(operation) ? Response.Ok() : Response.Fail();
        }

        public async Task<IResponse> LoopTurnAsync(IScenarioContext context)
        {
            Begin();
            if (StopRequested(context) || !TryTakeLoop(out var loop))
            {
                return Response.Ok();
            }

            try
            {
                var started = _run.Clock.Now;
                var outcome = await _run.Workload.IterateAsync(loop, _closing);
                _run.Instruments.Record(_run.Workload.LoopOperation, started, started, outcome);
                return outcome.Error is null ? Response.Ok() : Response.Fail();
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return Response.Ok();
            }
            finally
            {
                _loops.Enqueue(loop);
                LeaveLoop();
            }
        }

        /// <summary>Takes what is left of the schedule away.</summary>
        public void GiveUp()
        {
            lock (_gate)
            {
                _left = false;
            }
        }

        /// <summary>
        /// Does what NBomber ended too early for (the counts are those of the schedule with every driver), and waits for what is under way
        /// of the schedule. From then on nothing of it begins any more, whatever turns NBomber still starts; the loops go on.
        /// </summary>
        public async Task RestAsync()
        {
            var rest = new List<Task>();
            while (!_run.Stop.IsCancellationRequested && !_abort.IsCancellationRequested && TryTake(out var operation))
            {
                rest.Add(OneAsync(operation));
            }

            await Task.WhenAll(rest);
            lock (_gate)
            {
                _resting = true;
                if (_operations == 0)
                {
                    _played.TrySetResult();
                }
            }

            await _played.Task;
        }

        /// <summary>Waits for the turns of loops that are under way, after their token was cancelled; none begins any more.</summary>
        public async Task LandedAsync()
        {
            lock (_gate)
            {
                _closed = true;
                if (_turns == 0)
                {
                    _landed.TrySetResult();
                }
            }

            await _landed.Task;
        }

        private async Task<bool> OneAsync(PlannedOperation operation)
        {
            try
            {
                await _run.Clock.UntilAsync(operation.At, _run.Stop);
                var started = _run.Clock.Now;
                var outcome = await _run.Workload.ExecuteAsync(operation, _abort);
                _run.Instruments.Record(operation.Kind, operation.At, started, outcome);
                return outcome.Error is null;
            }
            catch (OperationCanceledException) when (_run.Stop.IsCancellationRequested || _abort.IsCancellationRequested)
            {
                return true;
            }
            finally
            {
                lock (_gate)
                {
                    if (--_operations == 0 && _resting)
                    {
                        _played.TrySetResult();
                    }
                }
            }
        }

        private void LeaveLoop()
        {
            lock (_gate)
            {
                if (--_turns == 0 && _closed)
                {
                    _landed.TrySetResult();
                }
            }
        }

        private bool TryTake(out PlannedOperation operation)
        {
            lock (_gate)
            {
                if (_resting || !_left)
                {
                    operation = default;
                    return false;
                }

                operation = _schedule.Current;
                _left = _schedule.MoveNext();
                _operations++;
                return true;
            }
        }

        private bool TryTakeLoop(out int loop)
        {
            lock (_gate)
            {
                loop = -1;
                if (_closed || _closing.IsCancellationRequested || !_loops.TryDequeue(out loop))
                {
                    return false;
                }

                _turns++;
                return true;
            }
        }

        // NBomber needs seconds to get ready; the run begins with its first turn.
        private void Begin()
        {
            lock (_gate)
            {
                if (!_begun.Task.IsCompleted)
                {
                    _run.Begin();
                    _begun.SetResult();
                }
            }
        }

        private bool StopRequested(IScenarioContext context)
        {
            // Cancelled once the schedule has ended, or with everything.
            if (!_closing.IsCancellationRequested)
            {
                return false;
            }

            // Each scenario by itself: StopCurrentTest closes NBomber beside the runner, which does the same when the scenarios have ended,
            // and its two displays on the console refuse to be there at once (4.1.2, TestHost.StopScenarios).
            context.StopScenario(context.ScenarioInfo.ScenarioName, "over");
            return true;
        }
    }
}
