using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SynapseLab.LoadTests.Http;

/// <summary>Connections to one server: taken for a request, given back after it, opened when none is free.</summary>
/// <param name="to">The server.</param>
/// <param name="time">The clock that time-outs are counted on.</param>
internal sealed class HttpConnectionPool(IPEndPoint to, TimeProvider time) : IDisposable
{
    // Shorter than the keep-alive of nginx (75 s) and HAProxy (the lab sets 60 s): a connection that the server may be closing is not
    // taken.
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);
    private readonly ConcurrentStack<(HttpConnection Connection, long Since)> _free = new();
    private bool _disposed;

    /// <summary>Where the requests go.</summary>
    public IPEndPoint To { get; } = to;

    /// <summary>A connection that is ready for a request.</summary>
    /// <param name="cancellationToken">Ends the attempt to connect.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public ValueTask<HttpConnection> TakeAsync(CancellationToken cancellationToken)
    {
        while (_free.TryPop(out var free))
        {
            if (time.GetElapsedTime(free.Since) < IdleLimit)
            {
                return new ValueTask<HttpConnection>(free.Connection);
            }

            free.Connection.Dispose();
        }

        return new ValueTask<HttpConnection>(HttpConnection.OpenAsync(To, time, cancellationToken));
    }

    /// <summary>Takes a connection back, or closes it where it is not good for another request.</summary>
    public void Return(HttpConnection connection)
    {
        if (connection.Reusable && !Volatile.Read(ref _disposed))
        {
            _free.Push((connection, time.GetTimestamp()));
        }
        else
        {
            connection.Dispose();
        }
    }

    /// <summary>Sends what the connection's request buffer holds. Where a connection that was used before turns out to have been closed by
    /// the server before it replied, the request goes out once more on a new one (RFC 9112, 9.3.1): all requests of the lab are idempotent,
    /// sends by their transaction ID.</summary>
    /// <param name="connection">From <see cref="TakeAsync"/>; may be replaced.</param>
    /// <param name="timeout">How long one exchange may take at most.</param>
    /// <param name="cancellationToken">Breaks the exchange off.</param>
    /// <returns>The reply, and the connection it came on, to be given back.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(HttpReply Reply, HttpConnection Connection)> ExchangeAsync(
        HttpConnection connection, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return (await connection.ExchangeAsync(timeout, cancellationToken), connection);
        }
        catch (Exception e) when (connection.Answered > 0 && IsClosedBeforeReply(e))
        {
            connection.Dispose();
            var fresh = await HttpConnection.OpenAsync(To, time, cancellationToken);
            try
            {
                fresh.Request.Clear().Add(connection.Request.Written.Span);
                return (await fresh.ExchangeAsync(timeout, cancellationToken), fresh);
            }
            catch
            {
                fresh.Dispose();
                throw;
            }
        }
    }

    private static bool IsClosedBeforeReply(Exception e) =>
        e is BrokenReplyException { NothingCame: true }
            or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown };

    /// <summary>Closes the free connections; those in use are closed when they come back.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _disposed, true);
        while (_free.TryPop(out var free))
        {
            free.Connection.Dispose();
        }
    }
}
