namespace SynapseLab;

/// <summary>Ends an operation with problems for the user. Commands print the problems and exit with <see cref="ExitCode"/>.</summary>
/// <param name="exitCode">1: the check or run failed; 2: wrong use (see <see cref="ExitCodes"/>).</param>
/// <param name="problems">At least one problem, in the order in which they are shown.</param>
/// <param name="inner">The cause, shown with <c>--verbose</c> only.</param>
public sealed class LabException(int exitCode, IReadOnlyList<Problem> problems, Exception? inner = null)
    : Exception(string.Join(Environment.NewLine, problems), inner)
{
    /// <summary>A single problem.</summary>
    public LabException(int exitCode, Problem problem, Exception? inner = null) : this(exitCode, [problem], inner)
    {
    }

    /// <summary>The process's exit code, one of <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>What went wrong, in the order in which it is shown.</summary>
    public IReadOnlyList<Problem> Problems { get; } = problems;

    /// <summary>Of <see cref="Problems"/>, those that came while everything was to be removed again: something is left.</summary>
    public IReadOnlyList<Problem> Left { get; init; } = [];

    /// <summary>Wrong use: the user's words or files have to change. Exit code 2.</summary>
    public static LabException WrongUse(string what, string? where = null, string? fix = null) =>
        new(ExitCodes.WrongUse, new Problem(what, where, fix));

    /// <summary>The check or run failed. Exit code 1.</summary>
    public static LabException Failed(string what, string? where = null, string? fix = null, Exception? inner = null) =>
        new(ExitCodes.Failed, new Problem(what, where, fix), inner);
}
