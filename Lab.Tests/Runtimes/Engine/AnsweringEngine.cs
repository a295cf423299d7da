using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Tests.Runtimes.Engine;

/// <summary>A unix socket on which an engine answers what a test wants to hear: what a real one says only in rare moments.</summary>
/// <param name="answer">The whole answer to a request, by its first line (<c>GET /events?... HTTP/1.1</c>). The connection is closed after
/// it.</param>
internal sealed class AnsweringEngine(Func<string, byte[]> answer) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>A client of it, which may be used before <see cref="Start"/>: then nobody answers.</summary>
    public DockerEngine Client() => new(new EngineSocket(_folder.File("engine.sock")));

    /// <summary>Begins to answer.</summary>
    public AnsweringEngine Start()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(_folder.File("engine.sock")));
        _listener.Listen();
        _ = ServeAsync();
        return this;
    }

    /// <summary>An answer with a body.</summary>
    public static byte[] Says(string status, string body) =>
        [
            .. Encoding.UTF8.GetBytes(
                $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"),
        ];

    /// <summary>A container's log of one line.</summary>
    public static byte[] Logs(string line)
    {
        var text = Encoding.UTF8.GetBytes($"2026-11-21T06:48:01.5Z {line}\n");
        var header = new byte[8];
        header[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), text.Length);
        return [.. "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8, .. header, .. text];
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Dispose();
    }

    // Head and body come one after the other: Content-Length: 29
    private static bool IsWhole(string request) =>
        request.Split("\r\n\r\n", 2) is [var head, var body] &&
        body.Length >= (Regex.Match(head, "^Content-Length: (?<length>[0-9]+)", RegexOptions.Multiline) is { Success: true } match
            ? int.Parse(match.Groups["length"].Value, CultureInfo.InvariantCulture)
            : 0);

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptAsync();
                var (request, buffer) = ("", new byte[4096]);
                while (!IsWhole(request) && await client.ReceiveAsync(buffer) is > 0 and var read)
                {
                    request += Encoding.ASCII.GetString(buffer, 0, read);
                }

                await client.SendAsync(answer(request.Split("\r\n")[0]));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
