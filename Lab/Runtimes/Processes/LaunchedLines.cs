namespace SynapseLab.Runtimes.Processes;

/// <summary>Which lines of a shared container's log are those of one process. The launcher puts <c>[generic_worker1]</c> before each;
/// what has no such beginning was written past Python, by a library that gives up, and belongs to the line before.</summary>
/// <param name="processId">The process's id in the lab.</param>
internal sealed class LaunchedLines(string processId)
{
    private readonly string _mine = $"[{processId}]";
    private bool _isMine;

    /// <summary>Whether the next line of the container is one of the process; its lines have to be asked about in order.</summary>
    public bool Includes(string line) =>
        _isMine = line.StartsWith('[')
            ? line.StartsWith(_mine, StringComparison.Ordinal) || LauncherLine.TryParse(line)?.Process == processId
            : _isMine;
}
