using System.Runtime.CompilerServices;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;

namespace SynapseLab.Runtimes;

/// <summary>Reads the lines of one part. Where processes share a container, its log has the lines of all,
/// see <see cref="LaunchedLines"/>.</summary>
/// <param name="engine">The engine.</param>
/// <param name="containerId">The engine's identifier of the part's container.</param>
/// <param name="part">The part.</param>
internal sealed class PartLogs(IContainerEngine engine, string containerId, LabPart part)
{
    /// <summary>The lines that a request asks for.</summary>
    public async IAsyncEnumerable<LogLine> ReadAsync(LogRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!part.IsShared)
        {
            await foreach (var line in engine.LogsAsync(containerId, request, cancellationToken))
            {
                yield return line;
            }

            yield break;
        }

        var lines = new LaunchedLines(part.Name);
        var skip = 0;
        if (request.Tail is { } tail)
        {
            (var last, skip) = await LastAsync(lines, request, tail, cancellationToken);
            foreach (var line in last)
            {
                yield return line;
            }

            if (!request.Follow)
            {
                yield break;
            }
        }

        await foreach (var line in engine.LogsAsync(containerId, request with { Tail = null }, cancellationToken))
        {
            // What was read above was weighed above.
            if (lines.Includes(line.Text) & skip-- <= 0)
            {
                yield return line;
            }
        }
    }

    // The engine's last lines are those of whichever processes wrote last, so all are read to find the last of this one.
    private async Task<(IReadOnlyCollection<LogLine> Last, int Read)> LastAsync(
        LaunchedLines lines, LogRequest request, int tail, CancellationToken cancellationToken)
    {
        var last = new Queue<LogLine>();
        var read = 0;
        await foreach (var line in engine.LogsAsync(containerId, request with { Follow = false, Tail = null }, cancellationToken))
        {
            read++;
            if (lines.Includes(line.Text))
            {
                last.Enqueue(line);
                if (last.Count > tail)
                {
                    last.Dequeue();
                }
            }
        }

        return (last, read);
    }
}
