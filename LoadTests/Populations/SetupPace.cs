using static System.FormattableString;

namespace SynapseLab.LoadTests.Populations;

/// <summary>Tells how far set-up is, how fast it goes and how long the stage that is under way will take:
/// <c>users 812 of 5000, 41/s, 102 s left</c>. Calls at once and in place, unlike <see cref="Progress{T}"/>, whose reports may come after
/// the end.</summary>
/// <param name="time">The clock.</param>
/// <param name="show">Given the share of the stage that is done, 0 to 1, and the text.</param>
internal sealed class SetupPace(TimeProvider time, Action<double, string> show) : IProgress<SetupProgress>
{
    // The first steps come all at once, and say little of the pace.
    private static readonly TimeSpan KnownAfter = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private string _stage = "";
    private int _first;
    private long _since;

    /// <inheritdoc />
    public void Report(SetupProgress value)
    {
        lock (_gate)
        {
            if (value.What != _stage)
            {
                (_stage, _first, _since) = (value.What, value.Done, time.GetTimestamp());
            }

            var text = Invariant($"{value.What} {value.Done} of {value.Total}");
            var seconds = time.GetElapsedTime(_since).TotalSeconds;
            if (seconds >= KnownAfter.TotalSeconds && value.Done > _first)
            {
                var pace = (value.Done - _first) / seconds;
                text += Invariant($", {pace:0.#}/s, {Math.Ceiling((value.Total - value.Done) / pace):0} s left");
            }

            show((double)value.Done / Math.Max(1, value.Total), text);
        }
    }
}
