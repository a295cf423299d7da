using System.Globalization;

namespace SynapseLab.Yaml;

/// <summary>Durations as people write them, Synapse's units: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, <c>1.5h</c>.</summary>
public static class Durations
{
    // Longest ending first: "ms" also ends in "s".
    // Days and more are read so that the limit can be named instead of the unit be called unknown.
    private static readonly (string Ending, double Seconds)[] Units =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800), ("y", 31_536_000)];

    /// <summary>A regular expression for what <see cref="TryParse"/> takes, for JSON schema.</summary>
    public const string Pattern = "^[0-9]*\\.?[0-9]+(?:ms|[smhdwy])$";

    /// <summary>Reads a duration.</summary>
    /// <param name="text">A number that is not negative, with a unit: ms, s, m, h, d, w, y.</param>
    /// <param name="duration">The duration; a thousand years where it is longer.</param>
    /// <returns>Whether the text is a duration.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (ending, seconds) in Units)
        {
            if (text.EndsWith(ending, StringComparison.Ordinal)
                && double.TryParse(text[..^ending.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                duration = TimeSpan.FromSeconds(Math.Min(number * seconds, 1000 * 31_536_000.0));
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes a duration in the largest unit that leaves no remainder: <c>90s</c>, <c>24h</c>.</summary>
    public static string Format(TimeSpan duration) => duration switch
    {
        { Ticks: 0 } => "0s",
        _ when duration.Ticks % TimeSpan.TicksPerHour == 0 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalHours}h"),
        _ when duration.Ticks % TimeSpan.TicksPerMinute == 0 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMinutes}m"),
        _ when duration.Ticks % TimeSpan.TicksPerSecond == 0 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms"),
    };
}
