using System.Diagnostics;

namespace SynapseLab.Waiting;

/// <summary>
/// Waits for named predicates, and says, when the deadline passes, what each of them saw at which time, those that held included.
/// All checks are looked at side by side; one that holds is not looked at again.
/// </summary>
/// <param name="time">The clock and the timer between two looks.</param>
/// <param name="interval">Time between two looks at one check; 50 ms where not given.</param>
public sealed class Waiter(TimeProvider time, TimeSpan? interval = null)
{
    // A wait is a span of whatever trace it happens in; nothing where nobody listens.
    private static readonly ActivitySource Spans = new("SynapseLab.Waiting");

    private readonly TimeSpan _interval = interval ?? TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until every check holds.</summary>
    /// <param name="deadline">How long to wait at most.</param>
    /// <param name="checks">The predicates.</param>
    /// <param name="onHeld">Called once for each check that holds, with the time it took, in order of holding; may be null.
    /// Calls do not overlap.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="LabException">The deadline passed (exit code 1); a problem per check with its history:
    /// those that did not hold first, then those that did, since one witness's figure often tells what the other's means.</exception>
    public async Task UntilAsync(
        TimeSpan deadline,
        IReadOnlyList<Condition> checks,
        Action<Condition, TimeSpan>? onHeld = null,
        CancellationToken cancellationToken = default)
    {
        var start = time.GetTimestamp();
        using var limit = new CancellationTokenSource(deadline, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var gate = new Lock();
        var histories = checks.Select(check => (Check: check, Looks: new ObservationHistory(check.Name))).ToArray();
        await Task.WhenAll(histories.Select(history => WatchAsync(history.Check, history.Looks, start, gate, onHeld, linked.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        if (histories.Any(history => !history.Looks.Holds))
        {
            throw new LabException(
                ExitCodes.Failed,
                [.. histories.OrderBy(history => history.Looks.Holds).Select(history => history.Looks.ToProblem(deadline))]);
        }
    }

    /// <summary>Waits until one predicate holds. See
    /// <see cref="UntilAsync(TimeSpan, IReadOnlyList{Condition}, Action{Condition, TimeSpan}?, CancellationToken)"/>.</summary>
    public Task UntilAsync(
        TimeSpan deadline, string name, Func<CancellationToken, Task<Observation>> lookAsync, CancellationToken cancellationToken) =>
        UntilAsync(deadline, [new Condition(name, lookAsync)], null, cancellationToken);

    private async Task WatchAsync(Condition check, ObservationHistory history, long start, Lock gate, Action<Condition, TimeSpan>? onHeld, CancellationToken cancellationToken)
    {
        using var span = Spans.StartActivity(check.Name);
        using var timer = new PeriodicTimer(_interval, time);
        var look = Observation.No("not looked at");
        try
        {
            do
            {
                try
                {
                    look = await check.ObserveAsync(cancellationToken);
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    look = Observation.No(e.GetBaseException().Message);
                }

                history.Add(time.GetElapsedTime(start), look);
                if (look.Holds)
                {
                    lock (gate)
                    {
                        onHeld?.Invoke(check, time.GetElapsedTime(start));
                    }

                    return;
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The history tells what was seen last; UntilAsync decides whether it was the deadline or the caller.
            span?.SetStatus(ActivityStatusCode.Error, look.Seen);
        }
        finally
        {
            span?.SetTag("lab.wait.seen", look.Seen);
        }
    }
}
