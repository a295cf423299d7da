namespace SynapseLab;

/// <summary>What a user reads of an exception, and what a command ends with. Nowhere else are exceptions sorted.</summary>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="Problems">At least one, in the order in which they are shown.</param>
public sealed record Failure(int ExitCode, IReadOnlyList<Problem> Problems)
{
    /// <summary>What every line on standard error begins with that tells what went wrong.</summary>
    public const string Prefix = "lab: ";

    /// <summary>What stands behind each problem in brackets; else empty.</summary>
    public string Note { get; private init; } = "";

    /// <summary>Whether somebody thought of it. Else it is a mistake in the lab.</summary>
    public bool IsForeseen { get; private init; } = true;

    /// <summary>Sorts an exception.</summary>
    /// <param name="e">Any.</param>
    /// <param name="interrupted">Whether somebody wanted an end; a cancellation that nobody asked for is a mistake in the lab.</param>
    public static Failure Of(Exception e, bool interrupted = true) => e switch
    {
        LabException known => new Failure(known.ExitCode, known.Problems),
        OperationCanceledException when interrupted => new Failure(ExitCodes.Failed, [new Problem("interrupted")]),
        IRefusal refusal => new Failure(ExitCodes.Failed, [new Problem(e.Message)]) { Note = refusal.Request },
        // Like a machine without an engine: the user has to change something before the same words can work.
        _ when DiskProblem.Of(e) is { } problem => new Failure(ExitCodes.WrongUse, [problem]),
        // The system's own message names the file.
        IOException => new Failure(ExitCodes.Failed, [new Problem(e.Message)]),
        _ => new Failure(ExitCodes.Failed, [new Problem(e.GetBaseException().Message)])
        {
            Note = "a mistake in the lab; --verbose shows where",
            IsForeseen = false,
        },
    };

    /// <summary>Writes it for a user, a line for each problem.</summary>
    /// <param name="error">Standard error.</param>
    /// <returns>The exit code.</returns>
    public int WriteTo(TextWriter error)
    {
        Write(error, Problems, Note.Length == 0 ? "" : $" ({Note})");
        return ExitCode;
    }

    /// <summary>Writes problems as those of a failure are written.</summary>
    /// <param name="error">Standard error.</param>
    /// <param name="problems">The problems.</param>
    public static void Write(TextWriter error, IEnumerable<Problem> problems) => Write(error, problems, "");

    private static void Write(TextWriter error, IEnumerable<Problem> problems, string behind)
    {
        foreach (var problem in problems)
        {
            error.WriteLine($"{Prefix}{problem}{behind}");
        }
    }
}
