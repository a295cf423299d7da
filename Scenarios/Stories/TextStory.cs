using static System.FormattableString;

namespace SynapseLab.Scenarios.Stories;

/// <summary>A story as lines of text: seconds since the beginning, then what was done; what was seen is indented below it.</summary>
/// <param name="output">Takes the lines.</param>
/// <param name="time">The clock.</param>
public sealed class TextStory(TextWriter output, TimeProvider time) : IStory
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public void Step(string what) => Write(Invariant($"{time.GetElapsedTime(_start).TotalSeconds,6:0.0} s  {what}"));

    /// <inheritdoc/>
    public void Saw(string what) => Write($"            {what.ReplaceLineEndings("\n            ")}");

    private void Write(string line)
    {
        lock (_gate)
        {
            output.WriteLine(line);
        }
    }
}
