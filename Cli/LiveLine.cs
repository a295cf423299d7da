namespace SynapseLab.Cli;

/// <summary>One line that is written over again and again while something runs; on no terminal the beginning of each
/// phase is written, a line each, and every ten seconds where it is.</summary>
/// <param name="output">Where to.</param>
/// <param name="interactive">Whether a person looks at it.</param>
/// <param name="time">Bounds how often the line is written.</param>
internal sealed class LiveLine(TextWriter output, bool interactive, TimeProvider time)
{
    private const int BarWidth = 24;

    // Ten times a second is as fast as anybody reads, and a terminal costs CPU too.
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private string _phase = "";
    private int _length;
    private long _last;

    /// <summary>Shows where it is.</summary>
    /// <param name="phase">What runs: <c>load</c>.</param>
    /// <param name="share">How much of it is over, 0 to 1.</param>
    /// <param name="text">In numbers.</param>
    public void Show(string phase, double share, string text)
    {
        lock (_gate)
        {
            var isNew = phase != _phase;
            if (!interactive)
            {
                if (isNew)
                {
                    output.WriteLine($"{phase} ...");
                }
                else if (time.GetElapsedTime(_last) < BetweenLines)
                {
                    return;
                }
                else
                {
                    output.WriteLine($"{phase}: {text}");
                }

                _phase = phase;
                _last = time.GetTimestamp();
                return;
            }

            if (!isNew && share < 1 && time.GetElapsedTime(_last) < Between)
            {
                return;
            }

            _phase = phase;
            _last = time.GetTimestamp();
            var filled = (int)Math.Round(Math.Clamp(share, 0, 1) * BarWidth);
            var line = $"{phase,-15} [{new string('#', filled)}{new string('.', BarWidth - filled)}] {text}";
            var width = Math.Max(40, Width() - 1);
            line = line.Length > width ? line[..width] : line;
            output.Write($"\r{line.PadRight(Math.Min(width, _length))}");
            _length = line.Length;
        }
    }

    /// <summary>Takes the line away, so that other output may follow.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            if (interactive && _length > 0)
            {
                output.Write($"\r{new string(' ', _length)}\r");
                _length = 0;
            }
        }
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : 120;
        }
        catch (IOException)
        {
            return 120;
        }
    }
}
