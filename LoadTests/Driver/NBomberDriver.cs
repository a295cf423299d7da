#if HAVE_NBOMBER
using System.Collections.Concurrent;
using NBomber.Contracts;
using NBomber.CSharp;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;

namespace SynapseLab.LoadTests.Driver;

/// <summary>
/// NBomber starts the operations: the schedule as one scenario with Inject, the loops as another with KeepConstant. What is measured and
/// how is the lab's own, as with every driver, so that results compare. Kept to the API that NBomber 4, 5 and 6 share.
/// </summary>
public sealed class NBomberDriver : ILoadDriver
{
    /// <inheritdoc />
    public string Name => "nbomber";

    /// <inheritdoc />
    public async Task RunAsync(DriverRun run, CancellationToken cancellationToken)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(run.Stop, cancellationToken);
        using var session = new Session(run, closing.Token, cancellationToken);
        var scenarios = new List<ScenarioProps>();
        if (session.HasSchedule)
        {
            // Inject decides only how many take an operation from the schedule and wait for its time: a quarter more than there are,
            // so that one is always waiting when an operation is due. Those that find nothing left do nothing.
            var rate = (int)Math.Ceiling(session.Rate * 1.25) + 2;
            scenarios.Add(Scenario.Create("schedule", async context => await session.OpenTurnAsync(context))
                .WithoutWarmUp()
                .WithLoadSimulations(Simulation.Inject(rate, TimeSpan.FromSeconds(1), run.Duration)));
        }

        if (run.Workload.Loops > 0)
        {
            scenarios.Add(Scenario.Create("loops", async context => await session.LoopTurnAsync(context))
                .WithoutWarmUp()
                .WithLoadSimulations(Simulation.KeepConstant(run.Workload.Loops, run.Duration)));
        }

        // NBomber takes a folder and a console for reports of its own; the lab writes its own, and has a live view already.
        var console = Console.Out;
        Console.SetOut(TextWriter.Null);
        try
        {
            var bombing = Task.Factory.StartNew(
                () => NBomberRunner.RegisterScenarios([.. scenarios]).WithoutReports().Run(),
                cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await EndOfLoopsAsync(run, session, closing, bombing);
            await session.RestAsync();
            await run.EndAsync(cancellationToken);

            // Seconds, in which it puts its own statistics together.
            await bombing;
        }
        finally
        {
            Console.SetOut(console);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Breaks loops off when the time is over: NBomber lets a turn end by itself, and a long poll may take long to.</summary>
    private static async Task EndOfLoopsAsync(DriverRun run, Session session, CancellationTokenSource closing, Task bombing)
    {
        await Task.WhenAny(session.Begun, bombing);
        try
        {
            if (!bombing.IsCompleted)
            {
                await run.Clock.UntilAsync(run.Duration.Ticks * 100, closing.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped early; the turns see it themselves.
        }

        await closing.CancelAsync();
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
        private readonly TaskCompletionSource _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _left;
        private int _inFlight;

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
            if (StopRequested(context) || !TryTake(out var operation))
            {
                return Response.Ok();
            }

            return await OneAsync(operation) ? Response.Ok() : Response.Fail();
        }

        public async Task<IResponse> LoopTurnAsync(IScenarioContext context)
        {
            Begin();
            if (StopRequested(context) || !_loops.TryDequeue(out var loop))
            {
                return Response.Ok();
            }

            lock (_gate)
            {
                _inFlight++;
            }

            try
            {
                var started = _run.Clock.Now;
                var outcome = await _run.Workload.IterateAsync(loop, _closing);
                Record(_run.Workload.LoopOperation, started, started, outcome);
                return outcome.Error is null ? Response.Ok() : Response.Fail();
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return Response.Ok();
            }
            finally
            {
                _loops.Enqueue(loop);
                Leave();
            }
        }

        /// <summary>Waits for what is under way, and does what NBomber ended too early for: the counts are those of the schedule with every driver.</summary>
        public async Task RestAsync()
        {
            var rest = new List<Task>();
            while (!_run.Stop.IsCancellationRequested && !_abort.IsCancellationRequested && TryTake(out var operation))
            {
                rest.Add(OneAsync(operation));
            }

            await Task.WhenAll(rest);
            Task landed;
            lock (_gate)
            {
                landed = _inFlight == 0 ? Task.CompletedTask : _landed.Task;
                _left = false;
            }

            await landed;
        }

        private async Task<bool> OneAsync(PlannedOperation operation)
        {
            try
            {
                await _run.Clock.UntilAsync(operation.At, _run.Stop);
                var started = _run.Clock.Now;
                var outcome = await _run.Workload.ExecuteAsync(operation, _abort);
                Record(operation.Kind, operation.At, started, outcome);
                return outcome.Error is null;
            }
            catch (OperationCanceledException) when (_run.Stop.IsCancellationRequested || _abort.IsCancellationRequested)
            {
                return true;
            }
            finally
            {
                Leave();
            }
        }

        private void Leave()
        {
            lock (_gate)
            {
                if (--_inFlight == 0 && !_left)
                {
                    _landed.TrySetResult();
                }
            }
        }

        private bool TryTake(out PlannedOperation operation)
        {
            lock (_gate)
            {
                operation = _left ? _schedule.Current : default;
                if (!_left)
                {
                    return false;
                }

                _left = _schedule.MoveNext();
                _inFlight++;
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
            if (!_run.Stop.IsCancellationRequested && !_abort.IsCancellationRequested)
            {
                return _closing.IsCancellationRequested && !_left;
            }

            context.StopCurrentTest("stopped");
            return true;
        }

        private void Record(OperationKind kind, long intended, long started, OperationOutcome outcome)
        {
            _run.Recorder.Record(new Sample(intended, started, _run.Clock.Now, kind, (ushort)outcome.Status, outcome.Worker, outcome.Bytes));
            if (outcome.Error is { } error)
            {
                _run.Errors.Add(kind, error);
            }
        }
    }
}
#endif
