using System.Globalization;
using System.Text.RegularExpressions;

namespace SynapseLab.Runtimes.Processes;

/// <summary>What happened to a process of a shared container, as the launcher there writes it among the processes' own lines.</summary>
/// <param name="Process">The process's id in the lab: <c>generic_worker1</c>.</param>
/// <param name="ExitCode">Its exit code, where it has ended; null: it was started again, or paused, or goes on.</param>
/// <param name="Cause">Why it ended, where that is known: <c>after it was told to kill</c>, <c>for lack of memory</c>; else empty.</param>
public sealed partial record LauncherLine(string Process, int? ExitCode, string Cause)
{
    /// <summary>The <see cref="Cause"/> where the kernel ended it for lack of memory.</summary>
    public const string LackOfMemory = "for lack of memory";

    /// <summary>How it ended, where it has: <c>generic_worker1 ended with exit code 137, for lack of memory</c>.</summary>
    public string? End => ExitCode is { } code
        ? string.Create(CultureInfo.InvariantCulture, $"{Process} ended with exit code {code}{(Cause.Length > 0 ? $", {Cause}" : "")}")
        : null;

    /// <summary>Reads a line of a shared container's log.</summary>
    /// <param name="line">For example <c>[launcher] generic_worker1 ended with exit code 1</c>,
    /// see images/synapse/fork_launcher.py.</param>
    /// <returns>Null: the line is a process's own.</returns>
    public static LauncherLine? TryParse(string line)
    {
        // Of the lines of a container nearly all are others.
        if (!line.StartsWith("[launcher] ", StringComparison.Ordinal) || Line().Match(line) is not { Success: true } match)
        {
            return null;
        }

        var code = match.Groups["code"];
        return new LauncherLine(
            match.Groups["process"].Value,
            code.Success ? int.Parse(code.ValueSpan, CultureInfo.InvariantCulture) : null,
            match.Groups["cause"].Value);
    }

    [GeneratedRegex(@"^\[launcher\] (?<process>\S+) (?:ended with exit code (?<code>\d+)(?:, (?<cause>.+))?|was paused|goes on|is started again)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}
