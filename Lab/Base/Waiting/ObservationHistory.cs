using System.Globalization;
using System.Text;

namespace SynapseLab.Waiting;

/// <summary>What the looks at one predicate showed, with times, for the report of a wait. One task at a time may add to it.</summary>
/// <param name="name">What is waited for, as a statement: <c>generic_worker1 answers on /health</c>.</param>
public sealed class ObservationHistory(string name)
{
    // Looks that show the same take one line, so few waits come near it; it bounds those that see something new at every look.
    private const int KeptAtEachEnd = 100;
    private readonly List<Period> _sights = [];
    private int _cut;
    private Period _firstCut;
    private Period _lastCut;

    /// <summary>Whether the last look held.</summary>
    public bool Holds { get; private set; }

    /// <summary>Adds a look.</summary>
    /// <param name="at">Time since the wait began.</param>
    /// <param name="look">What it showed.</param>
    public void Add(TimeSpan at, Observation look)
    {
        Holds = look.Holds;
        if (_sights.Count > 0 && _sights[^1].Seen == look.Seen)
        {
            _sights[^1] = _sights[^1] with { Last = at, Times = _sights[^1].Times + 1 };
            return;
        }

        _sights.Add(new Period(at, at, look.Seen, 1));
        if (_sights.Count > 2 * KeptAtEachEnd)
        {
            _lastCut = _sights[KeptAtEachEnd];
            _firstCut = _cut == 0 ? _lastCut : _firstCut;
            _sights.RemoveAt(KeptAtEachEnd);
            _cut++;
        }
    }

    /// <summary>The report: whether it holds, and one line for everything that was seen, with the time of the first look that saw it,
    /// and of the last where several in a row saw the same.</summary>
    /// <param name="waited">How long was waited.</param>
    public Problem ToProblem(TimeSpan waited)
    {
        var text = new StringBuilder();
        if (Holds)
        {
            text.Append(CultureInfo.InvariantCulture, $"held after {_sights[^1].Last.TotalSeconds:0.00} s: {name}");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"waited {waited.TotalSeconds:0.#} s in vain for: {name}");
        }

        if (_sights.Count == 0)
        {
            text.Append("; the first look never came back");
        }

        foreach (var (i, sight) in _sights.Index())
        {
            if (i == KeptAtEachEnd && _cut > 0)
            {
                text.AppendLine().Append(
                    CultureInfo.InvariantCulture,
                    $"    ({_cut} more changes were seen from {_firstCut.First.TotalSeconds:0.00} s to {_lastCut.Last.TotalSeconds:0.00} s; the first and the last {KeptAtEachEnd} are shown)");
            }

            // A look may have seen several lines: the report of a wait of its own.
            var seen = sight.Seen.ReplaceLineEndings($"{Environment.NewLine}                  ");
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"    t={sight.First.TotalSeconds,6:0.00} s  {seen}");
            if (sight.Times > 1)
            {
                text.Append(CultureInfo.InvariantCulture, $"  ({sight.Times} times, the last at {sight.Last.TotalSeconds:0.00} s)");
            }
        }

        return new Problem(text.ToString());
    }

    private readonly record struct Period(TimeSpan First, TimeSpan Last, string Seen, int Times);
}
