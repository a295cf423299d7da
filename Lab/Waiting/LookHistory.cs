using System.Globalization;
using System.Text;

namespace SynapseLab.Waiting;

/// <summary>What the looks at one predicate showed, with times, for the report if it never holds. One task at a time may add to it.</summary>
/// <param name="name">What is waited for, as a statement: <c>generic_worker1 answers on /health</c>.</param>
public sealed class LookHistory(string name)
{
    // Bounded, so that a long wait for something that changes at every look stays readable.
    private const int Kept = 12;
    private readonly List<(TimeSpan At, string Seen, int Times)> _seen = [];
    private int _dropped;

    /// <summary>Whether the last look held.</summary>
    public bool Holds { get; private set; }

    /// <summary>Adds a look.</summary>
    /// <param name="at">Time since the wait began.</param>
    /// <param name="look">What it showed.</param>
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

    /// <summary>The report of a wait that was in vain: one line per look that saw something new.</summary>
    /// <param name="deadline">How long was waited.</param>
    public Problem ToProblem(TimeSpan deadline)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"waited {deadline.TotalSeconds:0.#} s in vain for: {name}");
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
