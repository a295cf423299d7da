using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace SynapseLab.Tests.Proxies;

/// <summary>Sends requests byte for byte as written: <see cref="HttpClient"/> would tidy up paths that have to arrive untidy.</summary>
/// <param name="host">Where to connect to.</param>
/// <param name="port">Its port.</param>
/// <param name="tlsName">Over TLS: the server name to greet with, which the certificate has to carry; null: plain.</param>
internal sealed class RawHttp(string host, int port, string? tlsName = null) : IDisposable
{
    private TcpClient? _connection;
    private Stream? _stream;
    private bool _answerBegan;

    /// <summary>Sends a request and reads its response.</summary>
    /// <exception cref="IOException">The connection ended before the response did; it is not sent again then, because the server may have
    /// acted on it.</exception>
    public async Task<RawResponse> SendAsync(
        string method,
        string target,
        IReadOnlyDictionary<string, string>? headers = null,
        string body = "",
        CancellationToken cancellationToken = default)
    {
        var request = new StringBuilder();
        request.Append(
            CultureInfo.InvariantCulture,
            $"{method} {target} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            request.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        request.Append("\r\n").Append(body);
        var bytes = Encoding.Latin1.GetBytes(request.ToString());
        var reused = _connection is not null;
        try
        {
            return await ExchangeAsync(method, bytes, cancellationToken);
        }
        catch (IOException)
        {
            Close();
            if (!reused || _answerBegan)
            {
                throw;
            }

            // The server closed the idle connection; a fresh one tells the truth.
            return await ExchangeAsync(method, bytes, cancellationToken);
        }
    }

    public void Dispose() => Close();

    private void Close()
    {
        _stream?.Dispose();
        _connection?.Dispose();
        _stream = null;
        _connection = null;
    }

    private async Task<RawResponse> ExchangeAsync(string method, byte[] request, CancellationToken cancellationToken)
    {
        if (_connection is null)
        {
            _connection = new TcpClient { NoDelay = true };
            await _connection.ConnectAsync(host, port, cancellationToken);
            _stream = _connection.GetStream();
            if (tlsName is not null)
            {
                // Signed by the lab itself: only the name is compared.
                var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, certificate, _, _) =>
                    certificate?.Subject == $"CN={tlsName}");
                _stream = tls;
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = tlsName }, cancellationToken);
            }
        }

        _answerBegan = false;
        var stream = _stream!;
        await stream.WriteAsync(request, cancellationToken);
        var received = new List<byte>();
        var buffer = new byte[65536];
        var headEnd = -1;
        while (headEnd < 0)
        {
            headEnd = await ReadMoreAsync(stream, received, buffer, cancellationToken)
                ? IndexOfHeadEnd(received)
                : throw new IOException("the connection was closed before the head of a response");
            _answerBegan = true;
        }

        var head = Encoding.Latin1.GetString([.. received.Take(headEnd)]).Split("\r\n");
        var headers = head.Skip(1).Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.First()[1].Trim(), StringComparer.OrdinalIgnoreCase);
        received.RemoveRange(0, headEnd + 4);
        var status = int.Parse(head[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var body = method == "HEAD" || status is 204 or 304
            ? ""
            : await ReadBodyAsync(stream, headers, received, buffer, cancellationToken);
        if (headers.GetValueOrDefault("Connection")?.Equals("close", StringComparison.OrdinalIgnoreCase) == true)
        {
            Close();
        }

        return new RawResponse(status, headers, body);
    }

    private static async Task<string> ReadBodyAsync(
        Stream stream,
        Dictionary<string, string> headers,
        List<byte> received,
        byte[] buffer,
        CancellationToken cancellationToken)
    {
        if (headers.GetValueOrDefault("Transfer-Encoding") == "chunked")
        {
            return await ReadChunksAsync(stream, received, buffer, cancellationToken);
        }

        var length = headers.TryGetValue("Content-Length", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        while (received.Count < length)
        {
            await ReadOnAsync(stream, received, buffer, cancellationToken);
        }

        return Encoding.UTF8.GetString([.. received]);
    }

    // 4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n (RFC 9112, 7.1): sizes in hexadecimal, the last is 0. The proxies send neither extensions nor
    // trailers.
    private static async Task<string> ReadChunksAsync(
        Stream stream,
        List<byte> received,
        byte[] buffer,
        CancellationToken cancellationToken)
    {
        var body = new List<byte>();
        var at = 0;
        while (true)
        {
            int lineEnd;
            while ((lineEnd = CollectionsMarshal.AsSpan(received)[at..].IndexOf("\r\n"u8)) < 0)
            {
                await ReadOnAsync(stream, received, buffer, cancellationToken);
            }

            var size = int.Parse(
                CollectionsMarshal.AsSpan(received).Slice(at, lineEnd),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture);
            var data = at + lineEnd + 2;
            at = data + size + 2;
            while (received.Count < at)
            {
                await ReadOnAsync(stream, received, buffer, cancellationToken);
            }

            if (size == 0)
            {
                return Encoding.UTF8.GetString([.. body]);
            }

            body.AddRange(CollectionsMarshal.AsSpan(received).Slice(data, size));
        }
    }

    private static async Task ReadOnAsync(Stream stream, List<byte> received, byte[] buffer, CancellationToken cancellationToken)
    {
        if (!await ReadMoreAsync(stream, received, buffer, cancellationToken))
        {
            throw new IOException("the connection was closed within a body");
        }
    }

    private static async Task<bool> ReadMoreAsync(Stream stream, List<byte> received, byte[] buffer, CancellationToken cancellationToken)
    {
        var count = await stream.ReadAsync(buffer, cancellationToken);
        received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private static int IndexOfHeadEnd(List<byte> bytes) =>
        Encoding.Latin1.GetString([.. bytes]).IndexOf("\r\n\r\n", StringComparison.Ordinal);
}

/// <summary>A response; of a chunked body the data alone.</summary>
internal sealed record RawResponse(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>The process that the proxy names; null where it answered by itself.</summary>
    public string? Worker => Headers.GetValueOrDefault("X-Synapse-Worker");
}
