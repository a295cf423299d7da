using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Populations;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>The closed part: each user who listens has always one sync open.</summary>
/// <param name="listeners">The users who listen.</param>
/// <param name="syncs">Their syncs.</param>
/// <param name="ledger">Tells when everything has arrived.</param>
/// <param name="clock">The run's clock.</param>
internal sealed class SyncLoops(IReadOnlyList<Listener> listeners, SyncRequests syncs, DeliveryLedger ledger, RunClock clock)
{
    // The pause belongs to the turn after the failure, so that the failed one has its own latency.
    private readonly long[] _pauseUntil = new long[listeners.Count];

    /// <summary>Number of loops.</summary>
    public int Count => listeners.Count;

    /// <summary>The first sync of everybody: from its token on nothing may be missed.</summary>
    /// <param name="failed">What is thrown for a user who cannot sync, given the user's index and why.</param>
    /// <param name="progress">Told of each.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task PrepareAsync(
        Func<int, string, LabException> failed, IProgress<SetupProgress> progress, CancellationToken cancellationToken)
    {
        var done = 0;
        await Parallel.ForEachAsync(
            listeners,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (listener, token) =>
            {
                if ((await syncs.SyncAsync(listener, TimeSpan.Zero, token)).Error is { } error)
                {
                    throw failed(listener.User, error);
                }

                progress.Report(new SetupProgress("users", Interlocked.Increment(ref done), Count));
            });
    }

    /// <summary>One turn of a loop; see <see cref="IWorkload.IterateAsync"/>.</summary>
    /// <param name="loop">Which.</param>
    /// <param name="poll">How long the server may wait for something to happen.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async ValueTask<OperationOutcome> IterateAsync(int loop, TimeSpan poll, CancellationToken cancellationToken)
    {
        await clock.UntilAsync(_pauseUntil[loop], cancellationToken);
        var outcome = await syncs.SyncAsync(listeners[loop], poll, cancellationToken);
        _pauseUntil[loop] = outcome.Error is null ? 0 : clock.Now + listeners[loop].NextPause();
        return outcome;
    }

    /// <summary>Lets the last messages arrive: syncs of those who listen, until all that was acknowledged was delivered.</summary>
    /// <param name="deadline">How long that may take.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task DrainAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(deadline, clock.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);

        // Short polls: whoever is complete shall be asked again soon whether all are.
        var poll = TimeSpan.FromMilliseconds(Math.Min(500, deadline.TotalMilliseconds));
        Array.Clear(_pauseUntil);
        if (!ledger.Complete())
        {
            await Task.WhenAll(Enumerable.Range(0, Count).Select(ListenAsync));
        }

        async Task ListenAsync(int loop)
        {
            try
            {
                while (!ledger.Complete() && !end.IsCancellationRequested)
                {
                    await IterateAsync(loop, poll, end.Token);
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // The ledger tells what is missing.
            }
        }
    }
}
