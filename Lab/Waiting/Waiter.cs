using System.Globalization;
using System.Text;

namespace SynapseLab.Waiting;

/// <summary>
/// Waits for named predicates, and says, when the deadline passes, what each of them saw at which time.
/// All checks are looked at side by side; one that holds is not looked at again.
/// </summary>
/// <param name="time">The clock and the timer between two looks.</param>
/// <param name="interval">Time between two looks at one check; 50 ms where not given.</param>
public sealed class Waiter(TimeProvider time, TimeSpan? interval = null)
{
    private readonly TimeSpan _interval = interval ?? TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until every check holds.</summary>
    /// <param name="deadline">How long to wait at most.</param>
    /// <param name="checks">The predicates.</param>
    /// <param name="onHeld">Called once for each check that holds, with the time it took, in order of holding; may be null. Calls do not overlap.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="LabException">The deadline passed (exit code 1); one problem per check that did not hold, with its history.</exception>
    public async Task UntilAsync(
        TimeSpan deadline,
        IReadOnlyList<Check> checks,
        Action<Check, TimeSpan>? onHeld = null,
        CancellationToken cancellationToken = default)
    {
        var start = time.GetTimestamp();
        using var limit = new CancellationTokenSource(deadline, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var gate = new Lock();
        var histories = checks.Select(check => new History(check)).ToArray();
        await Task.WhenAll(histories.Select(history => WatchAsync(history, start, gate, onHeld, linked.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        var failed = histories.Where(history => !history.Holds).ToArray();
        if (failed.Length > 0)
        {
            throw new LabException(ExitCodes.Failed, [.. failed.Select(history => history.ToProblem(deadline))]);
        }
    }

    /// <summary>Waits until one predicate holds. See <see cref="UntilAsync(TimeSpan, IReadOnlyList{Check}, Action{Check, TimeSpan}?, CancellationToken)"/>.</summary>
    public Task UntilAsync(TimeSpan deadline, string name, Func<CancellationToken, Task<Look>> lookAsync, CancellationToken cancellationToken) =>
        UntilAsync(deadline, [new Check(name, lookAsync)], null, cancellationToken);

    private async Task WatchAsync(History history, long start, Lock gate, Action<Check, TimeSpan>? onHeld, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            do
            {
                Look look;
                try
                {
                    look = await history.Check.LookAsync(cancellationToken);
                }
                catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    look = Look.No(e.GetBaseException().Message);
                }

                history.Add(time.GetElapsedTime(start), look);
                if (look.Holds)
                {
                    lock (gate)
                    {
                        onHeld?.Invoke(history.Check, time.GetElapsedTime(start));
                    }

                    return;
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The history tells what was seen last; UntilAsync decides whether it was the deadline or the caller.
        }
    }

    private sealed class History(Check check)
    {
        // Bounded, so that a long wait for something that changes at every look stays readable.
        private const int Kept = 12;
        private readonly List<(TimeSpan At, string Seen, int Times)> _seen = [];
        private int _dropped;

        public Check Check { get; } = check;

        public bool Holds { get; private set; }

        public void Add(TimeSpan at, Look look)
        {
            Holds = look.Holds;
            if (_seen.Count > 0 && _seen[^1].Seen == look.Seen)
            {
                _seen[^1] = _seen[^1] with { Times = _seen[^1].Times + 1 };
                return;
            }

            _seen.Add((at, look.Seen, 1));
            if (_seen.Count > Kept)
            {
                _seen.RemoveAt(1);
                _dropped++;
            }
        }

        public Problem ToProblem(TimeSpan deadline)
        {
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"waited {deadline.TotalSeconds:0.#} s in vain for: {Check.Name}");
            if (_seen.Count == 0)
            {
                text.Append("; the first look never came back");
            }

            foreach (var (at, seen, times) in _seen)
            {
                text.AppendLine().Append(CultureInfo.InvariantCulture, $"    t={at.TotalSeconds,6:0.00} s  {seen}");
                if (times > 1)
                {
                    text.Append(CultureInfo.InvariantCulture, $"  ({times} times)");
                }
            }

            if (_dropped > 0)
            {
                text.AppendLine().Append(CultureInfo.InvariantCulture, $"    ({_dropped} more, left out after the first)");
            }

            return new Problem(text.ToString());
        }
    }
}
