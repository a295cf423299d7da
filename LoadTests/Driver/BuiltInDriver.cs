using System.Runtime.CompilerServices;
using SynapseLab.LoadTests.Planning;

namespace SynapseLab.LoadTests.Driver;

/// <summary>
/// The driver that is always there. One task walks through the schedule and starts each operation at its time; each loop is one task.
/// Starting an operation goes as far as its first wait, so most of a request's work happens where it was started, without a queue in
/// between.
/// </summary>
internal sealed class BuiltInDriver : ILoadDriver
{
    /// <summary>Operations of the schedule that may be under way at once; each holds a connection. When so many are, the schedule
    /// waits, and what it waited counts as latency of the operations that it held up.</summary>
    public const int MostInFlight = 2000;

    /// <inheritdoc />
    public string Name => "builtin";

    /// <inheritdoc />
    public async Task RunAsync(DriverRun run, CancellationToken cancellationToken)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        run.Begin();
        var loops = new Task[run.Workload.Loops];
        for (var i = 0; i < loops.Length; i++)
        {
            loops[i] = LoopAsync(run, i, closing.Token);
        }

        var open = OpenAsync(run, cancellationToken);
        await run.TimeIsOverAsync(cancellationToken);
        await open;
        await closing.CancelAsync();
        await Task.WhenAll(loops);
        await run.EndAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task LoopAsync(DriverRun run, int loop, CancellationToken closing)
    {
        var clock = run.Clock;
        var kind = run.Workload.LoopOperation;
        try
        {
            while (!closing.IsCancellationRequested)
            {
                var started = clock.Now;
                var outcome = await run.Workload.IterateAsync(loop, closing);
                run.Instruments.Record(kind, started, started, outcome);
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // A turn that was broken off is nobody's latency.
        }
    }

    private static async Task OpenAsync(DriverRun run, CancellationToken abort)
    {
        // Dispatching must not delay the caller, who starts the loops' clock.
        await Task.Yield();
        var flight = new Flight();
        try
        {
            foreach (var operation in run.Workload.Schedule)
            {
                if (operation.At > run.Clock.Now)
                {
                    await run.Clock.UntilAsync(operation.At, run.Stop);
                }

                if (run.Stop.IsCancellationRequested || abort.IsCancellationRequested)
                {
                    break;
                }

                if (!flight.TryEnter())
                {
                    await flight.RoomAsync(abort);
                    flight.Enter();
                }

                _ = OneAsync(run, operation, flight, abort);
            }
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested || abort.IsCancellationRequested)
        {
            // Stopped while waiting for the next start.
        }

        await flight.LandedAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask OneAsync(DriverRun run, PlannedOperation operation, Flight flight, CancellationToken abort)
    {
        var started = run.Clock.Now;
        try
        {
            var outcome = await run.Workload.ExecuteAsync(operation, abort);
            run.Instruments.Record(operation.Kind, operation.At, started, outcome);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // Broken off: not recorded.
        }
        finally
        {
            flight.Leave();
        }
    }

    /// <summary>Counts the operations under way, and tells when there is room for another and when the last has ended.</summary>
    private sealed class Flight
    {
        private readonly Lock _gate = new();
        private int _count;
        private TaskCompletionSource? _room;
        private TaskCompletionSource? _landed;

        public bool TryEnter()
        {
            lock (_gate)
            {
                if (_count >= MostInFlight)
                {
                    return false;
                }

                _count++;
                return true;
            }
        }

        public void Enter()
        {
            lock (_gate)
            {
                _count++;
            }
        }

        public void Leave()
        {
            TaskCompletionSource? room;
            TaskCompletionSource? landed;
            lock (_gate)
            {
                _count--;
                (room, _room) = (_room, null);
                landed = _count == 0 ? _landed : null;
            }

            room?.TrySetResult();
            landed?.TrySetResult();
        }

        public Task RoomAsync(CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                if (_count < MostInFlight)
                {
                    return Task.CompletedTask;
                }

                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _room.Task.WaitAsync(cancellationToken);
            }
        }

        public Task LandedAsync()
        {
            lock (_gate)
            {
                if (_count == 0)
                {
                    return Task.CompletedTask;
                }

                _landed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _landed.Task;
            }
        }
    }
}
