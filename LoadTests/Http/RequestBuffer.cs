using System.Buffers.Text;
using System.Text;

namespace SynapseLab.LoadTests.Http;

/// <summary>A request as bytes, written front to back into a buffer that is kept from request to request.</summary>
internal sealed class RequestBuffer
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Starts anew.</summary>
    public RequestBuffer Clear()
    {
        _length = 0;
        return this;
    }

    /// <summary>Appends bytes as they are.</summary>
    public RequestBuffer Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
        return this;
    }

    /// <summary>Appends text as UTF-8, as it is.</summary>
    public RequestBuffer Add(string text)
    {
        _length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));
        return this;
    }

    /// <summary>Appends a number in decimal.</summary>
    public RequestBuffer Add(long number)
    {
        Utf8Formatter.TryFormat(number, Room(20), out var written);
        _length += written;
        return this;
    }

    /// <summary>Appends the end of the head and a body, with its length before it.</summary>
    /// <param name="body">JSON.</param>
    public RequestBuffer AddJson(ReadOnlySpan<byte> body) =>
        Add("Content-Type: application/json\r\nContent-Length: "u8).Add(body.Length).Add("\r\n\r\n"u8).Add(body);

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - _length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes));
        }

        return _bytes.AsSpan(_length);
    }
}
