namespace SynapseLab;

/// <summary>The exit codes of every command.</summary>
public static class ExitCodes
{
    /// <summary>All is well.</summary>
    public const int Fine = 0;

    /// <summary>The check or the run failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong use: arguments, a topology or a profile that cannot be taken, a machine without an engine.</summary>
    public const int WrongUse = 2;
}
