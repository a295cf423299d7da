using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Machine;

/// <summary>
/// The turn of one command among those that run at the same time: a file that is held open. The system lets go of it when a process dies,
/// so nothing is left to tidy up. Disposing it gives the turn to the next.
/// </summary>
internal sealed class FileLock : IDisposable
{
    // EWOULDBLOCK of Linux, which .NET keeps in HResult: somebody else holds the file.
    private const int HeldByAnother = 11;

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Waits for the turn.</summary>
    /// <param name="path">The file; it and its folder are made where missing.</param>
    /// <param name="until">What the one before will have done by then, as a statement.</param>
    /// <param name="deadline">How long to wait for the one before.</param>
    /// <param name="waiter">Waits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LabException">The file can't be opened, whoever's turn it is (exit code 2, at once),
    /// or the deadline passed (exit code 1).</exception>
    public static async Task<FileLock> TakeAsync(
        string path, string until, TimeSpan deadline, Waiter waiter, CancellationToken cancellationToken)
    {
        FileStream? file = null;
        Exception? refused = null;
        await waiter.UntilAsync(
            deadline,
            until,
            _ =>
            {
                try
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                }
                catch (Exception e) when (e is UnauthorizedAccessException or IOException { HResult: not HeldByAnother })
                {
                    refused = e;
                }

                return Task.FromResult(Observation.Yes("done"));
            },
            cancellationToken);
        return file is not null
            ? new FileLock(file)
            : throw new LabException(ExitCodes.WrongUse, DiskProblem.Of(refused!) ?? new Problem(refused!.Message), refused);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
