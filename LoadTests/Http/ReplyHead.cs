using System.Buffers.Text;
using System.Text;

namespace SynapseLab.LoadTests.Http;

/// <summary>
/// Status line and headers of an HTTP/1.1 reply, as far as a client has to know them (RFC 9112):
/// <code>
/// HTTP/1.1 200 OK\r\n
/// Content-Length: 2\r\n
/// X-Synapse-Worker: generic_worker1\r\n
/// \r\n
/// </code>
/// </summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Length">Content-Length; -1: none.</param>
/// <param name="Chunked">Whether the body comes in chunks.</param>
/// <param name="Close">Whether the server closes the connection after this reply.</param>
/// <param name="Worker">Where in the head the value of X-Synapse-Worker is; empty: nowhere.</param>
internal readonly record struct ReplyHead(int Status, long Length, bool Chunked, bool Close, Range Worker)
{
    /// <summary>Parses a head.</summary>
    /// <param name="head">From the status line up to and with the empty line.</param>
    /// <exception cref="BrokenReplyException">This is not HTTP/1.x.</exception>
    public static ReplyHead Parse(ReadOnlySpan<byte> head)
    {
        // "HTTP/1.1 200": the status sits at a fixed place.
        if (head.Length < 12 || !head.StartsWith("HTTP/1."u8)
            || !Utf8Parser.TryParse(head.Slice(9, 3), out int status, out var digits) || digits != 3)
        {
            var beginning = Encoding.Latin1.GetString(head[..Math.Min(40, head.Length)]);
            throw new BrokenReplyException($"the reply does not begin like HTTP/1.1: '{beginning}'");
        }

        var length = -1L;
        var chunked = false;
        var close = head[7] == (byte)'0';
        var worker = default(Range);
        var at = head.IndexOf("\r\n"u8) + 2;
        while (at < head.Length)
        {
            var end = head[at..].IndexOf("\r\n"u8);
            if (end <= 0)
            {
                break;
            }

            var line = head.Slice(at, end);

            // Told apart by length first: most headers are none of these, and a comparison that ignores case costs.
            switch (line.IndexOf((byte)':'))
            {
                case 10 when Is(line, "connection"u8):
                    close = Contains(line[11..], "close"u8) || (close && !Contains(line[11..], "keep-alive"u8));
                    break;
                case 14 when Is(line, "content-length"u8):
                    if (!Utf8Parser.TryParse(line[15..].Trim((byte)' '), out length, out _) || length < 0)
                    {
                        throw new BrokenReplyException($"the reply's Content-Length is no number: '{Encoding.Latin1.GetString(line)}'");
                    }

                    break;
                case 17 when Is(line, "transfer-encoding"u8):
                    chunked = Contains(line[18..], "chunked"u8);
                    break;
                case 16 when Is(line, "x-synapse-worker"u8):
                    var value = line[17..];
                    var blanks = value.Length - value.TrimStart((byte)' ').Length;
                    worker = new Range(at + 17 + blanks, at + line.Length);
                    break;
            }

            at += end + 2;
        }

        return new ReplyHead(status, length, chunked, close, worker);
    }

    private static bool Is(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(line[..name.Length], name);

    private static bool Contains(ReadOnlySpan<byte> value, ReadOnlySpan<byte> word)
    {
        for (var i = 0; i + word.Length <= value.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(value.Slice(i, word.Length), word))
            {
                return true;
            }
        }

        return false;
    }
}
