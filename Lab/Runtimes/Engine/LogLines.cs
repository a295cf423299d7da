using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Docker.DotNet;

namespace SynapseLab.Runtimes.Engine;

/// <summary>A container's log with the engine's time stamps (<c>timestamps=1</c>), line by line:
/// <c>2026-11-21T06:48:01.123456789Z text</c>.</summary>
internal static class LogLines
{
    // The engine cuts a line that is longer than its buffer; each piece has a time stamp of its own, and only the last a line end
    // (moby, daemon/logger/copier.go): {time} {16384 bytes}{time} {the rest}\n
    private const int PieceBytes = 16 * 1024;

    // 2026-11-21T06:48:01.123456789+00:00
    private const int MaximalTimeBytes = 35;

    /// <summary>The lines, in the order in which the engine ends them.</summary>
    /// <param name="stream">As the engine sends it: standard output and error in one (Docker Engine API, "Attach to a container",
    /// stream format).</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="EngineException">The engine says why it cannot go on.</exception>
    public static async IAsyncEnumerable<LogLine> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var buffer = new byte[PieceBytes];
        using var log = new MultiplexedStream(stream, multiplexed: true);
        while (await ReadAsync(log, stream, buffer, cancellationToken) is { EOF: false } read)
        {
            var (target, begun) = read.Target == MultiplexedStream.TargetStream.StandardError
                ? (LogStream.Error, error)
                : (LogStream.Output, output);
            for (var at = 0; at < read.Count;)
            {
                var end = Array.IndexOf(buffer, (byte)'\n', at, read.Count - at);
                begun.Write(buffer, at, (end < 0 ? read.Count : end) - at);
                at = end < 0 ? read.Count : end + 1;
                if (end >= 0 && Line(target, begun) is { } line)
                {
                    yield return line;
                }
            }
        }

        foreach (var (target, begun) in new[] { (LogStream.Output, output), (LogStream.Error, error) })
        {
            if (Line(target, begun) is { } rest)
            {
                yield return rest;
            }
        }
    }

    private static async Task<MultiplexedStream.ReadResult> ReadAsync(
        MultiplexedStream log, Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await log.ReadOutputAsync(buffer, 0, buffer.Length, cancellationToken);
        }
        catch (EndOfStreamException)
        {
            // The engine ended in the midst of something.
            return default;
        }
        catch (IOException e) when (e.Message.StartsWith("Unknown stream type", StringComparison.Ordinal))
        {
            // A third stream is for what the engine has to say itself (moby, pkg/stdcopy, Systemerr). Docker.DotNet has read its header,
            // and what it says is still to come.
            using var words = new StreamReader(stream);
            throw EngineException.From(
                HttpStatusCode.InternalServerError, await words.ReadToEndAsync(cancellationToken), "a stream of a container's output");
        }
    }

    // Empties what was begun.
    private static LogLine? Line(LogStream stream, MemoryStream begun)
    {
        var left = begun.GetBuffer().AsSpan(0, (int)begun.Length);
        begun.SetLength(0);
        if (!TrySkipTime(ref left, out var time))
        {
            return null;
        }

        // Put together before it is read as text: a letter's bytes may be in two pieces.
        var text = new byte[left.Length];
        var length = 0;
        do
        {
            var piece = left[..Math.Min(left.Length, PieceBytes)];
            piece.CopyTo(text.AsSpan(length));
            length += piece.Length;
            left = left[piece.Length..];
            TrySkipTime(ref left, out _);
        }
        while (left.Length > 0);

        return new LogLine(time, stream, Encoding.UTF8.GetString(text, 0, length).TrimEnd('\r'));
    }

    private static bool TrySkipTime(ref Span<byte> bytes, out DateTimeOffset time)
    {
        time = default;
        var space = bytes.IndexOf((byte)' ');
        if (space < 0
            || space > MaximalTimeBytes
            || !DateTimeOffset.TryParse(Encoding.ASCII.GetString(bytes[..space]), CultureInfo.InvariantCulture, out time))
        {
            return false;
        }

        bytes = bytes[(space + 1)..];
        return true;
    }
}
