using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SynapseLab.Runtimes.Engine;

/// <summary>
/// Starts a prepared exec and speaks with it. The engine turns the HTTP connection into a plain two-way stream; the end of the
/// command's input is told by closing one direction of it, which HttpClient can't do, so this speaks HTTP by hand.
/// </summary>
internal static class ExecStream
{
    public static async Task<(string Output, string Error)> RunAsync(EngineSocket engine, string execId, string? input, CancellationToken cancellationToken)
    {
        using var socket = await engine.ConnectAsync(cancellationToken);
        await using var stream = new NetworkStream(socket);
        const string body = """{"Detach":false,"Tty":false}""";
        var head = $"POST /exec/{execId}/start HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n" +
            $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
        await ReadHeadAsync(stream, execId, cancellationToken);

        var writing = WriteInputAsync(socket, stream, input, cancellationToken);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        await foreach (var (kind, bytes) in MultiplexedStream.FramesAsync(stream, cancellationToken))
        {
            (kind == LogStream.Error ? error : output).Write(bytes.Span);
        }

        await writing;
        return (Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length), Encoding.UTF8.GetString(error.GetBuffer(), 0, (int)error.Length));
    }

    private static async Task WriteInputAsync(Socket socket, NetworkStream stream, string? input, CancellationToken cancellationToken)
    {
        if (input is null)
        {
            return;
        }

        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(input), cancellationToken);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            // The command ended without reading its input; its exit code says whether that is wrong.
        }
    }

    // HTTP/1.1 101 UPGRADED\r\n...\r\n\r\n; byte by byte, because what follows the empty line belongs to the command.
    private static async Task ReadHeadAsync(NetworkStream stream, string execId, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (head.Length < 4 || head[^1] != '\n' || head[^3] != '\n')
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
            {
                throw new IOException($"the container engine closed the connection of exec {execId}");
            }

            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n");
        var status = lines[0].Split(' ', 3)[1];
        if (status is not ("101" or "200"))
        {
            throw EngineException.From(
                (HttpStatusCode)int.Parse(status, CultureInfo.InvariantCulture), await ReadBodyAsync(stream, lines, cancellationToken), $"POST /exec/{execId}/start");
        }
    }

    // The engine's errors are short and come with their length: Content-Length: 71
    private static async Task<string> ReadBodyAsync(NetworkStream stream, IEnumerable<string> head, CancellationToken cancellationToken)
    {
        const string name = "Content-Length:";
        var length = head.FirstOrDefault(line => line.StartsWith(name, StringComparison.OrdinalIgnoreCase)) is { } line
            ? int.Parse(line.AsSpan(name.Length), CultureInfo.InvariantCulture)
            : 0;
        var body = new byte[length];
        var read = await stream.ReadAtLeastAsync(body, length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(body, 0, read);
    }
}
