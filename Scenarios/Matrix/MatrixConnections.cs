using System.Net;
using System.Net.Sockets;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>A pool of connections that many users share, as the devices behind one address do.</summary>
public sealed class MatrixConnections : IDisposable
{
    private readonly SocketsHttpHandler _handler;

    /// <summary>Opens no connection yet.</summary>
    /// <param name="limit">Connections per homeserver at most; long polls hold one each.</param>
    /// <param name="source">Address to connect from, such as 127.0.0.7; null: the system's choice. A container engine that forwards ports
    /// with a process of its own (docker-proxy) hides it from the proxy.</param>
    public MatrixConnections(int limit = 512, IPAddress? source = null)
    {
        _handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = limit,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            // No traceparent header: the lab's request IDs are the evidence.
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, source, cancellationToken),
        };
        // A long poll takes as long as the caller says: MatrixClient has the deadline of each call.
        Http = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>For <see cref="MatrixClient"/>; no timeout of its own.</summary>
    public HttpClient Http { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, IPAddress? source, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (source is not null)
            {
                socket.Bind(new IPEndPoint(source, 0));
            }

            await socket.ConnectAsync(target, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
