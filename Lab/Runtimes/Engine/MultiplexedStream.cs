using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace SynapseLab.Runtimes.Engine;

/// <summary>
/// The engine's format for two streams in one: frames of an 8 byte header, <c>{1|2} 0 0 0 {length, 4 bytes, big endian}</c>,
/// and the bytes; 1 is standard output, 2 standard error (Docker Engine API, "Attach to a container", stream format). A third, 3, is what
/// the engine has to say itself when it cannot go on (pkg/stdcopy, Systemerr).
/// </summary>
internal static class MultiplexedStream
{
    private const int HeaderLength = 8;
    private const byte SystemError = 3;

    /// <exception cref="EngineException">The engine says why it cannot go on.</exception>
    public static async IAsyncEnumerable<(LogStream Stream, ReadOnlyMemory<byte> Bytes)> FramesAsync(
        Stream stream,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var header = new byte[HeaderLength];
        var body = new byte[16 * 1024];
        while (true)
        {
            var read = await stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken);
            if (read < HeaderLength)
            {
                yield break;
            }

            var length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4));
            if (length > body.Length)
            {
                body = new byte[length];
            }

            read = await stream.ReadAtLeastAsync(body.AsMemory(0, length), length, throwOnEndOfStream: false, cancellationToken);
            if (read < length)
            {
                yield break;
            }

            if (header[0] == SystemError)
            {
                throw EngineException.From(HttpStatusCode.InternalServerError, Encoding.UTF8.GetString(body, 0, length), "a stream of a container's output");
            }

            yield return (header[0] == 2 ? LogStream.Error : LogStream.Output, body.AsMemory(0, length));
        }
    }

    /// <summary>Whole lines with the engine's time stamps (<c>timestamps=1</c>): <c>2026-11-21T06:48:01.123456789Z text</c>.
    /// A frame is a line or, where the line is longer than the engine's 16 KiB buffer, a part of it, without line end and again with a time.</summary>
    public static async IAsyncEnumerable<LogLine> LinesAsync(
        Stream stream,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var partial = new Dictionary<LogStream, (DateTimeOffset Time, StringBuilder Text)>();
        await foreach (var (kind, bytes) in FramesAsync(stream, cancellationToken))
        {
            var text = Encoding.UTF8.GetString(bytes.Span);
            var ended = text.EndsWith('\n');
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || !DateTimeOffset.TryParse(text.AsSpan(0, space), System.Globalization.CultureInfo.InvariantCulture, out var time))
            {
                continue;
            }

            var rest = text.AsSpan(space + 1).TrimEnd('\n').TrimEnd('\r').ToString();
            if (partial.TryGetValue(kind, out var begun))
            {
                begun.Text.Append(rest);
                if (ended)
                {
                    partial.Remove(kind);
                    yield return new LogLine(begun.Time, kind, begun.Text.ToString());
                }
            }
            else if (ended)
            {
                yield return new LogLine(time, kind, rest);
            }
            else
            {
                partial[kind] = (time, new StringBuilder(rest));
            }
        }

        foreach (var (kind, (time, text)) in partial)
        {
            yield return new LogLine(time, kind, text.ToString());
        }
    }
}
