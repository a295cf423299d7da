using System.Runtime.CompilerServices;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Http;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>A request and its reply, on a connection that goes back to its pool when this is disposed.</summary>
/// <param name="pool">The pool.</param>
/// <param name="connection">One of it.</param>
/// <param name="outcomes">Tells what the reply is counted as.</param>
/// <param name="patience">How long a reply may take.</param>
internal sealed class Exchange(HttpConnectionPool pool, HttpConnection connection, ReplyOutcomes outcomes, TimeSpan patience) : IDisposable
{
    private HttpConnection? _connection = connection;

    /// <summary>The request, empty at first.</summary>
    public RequestBuffer Request { get; } = connection.Request.Clear();

    /// <summary>The reply's body, from <see cref="SendAsync"/> on and until this is disposed.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Sends the request and reads the reply.</summary>
    /// <param name="poll">How much longer than any other request this one may take.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="Exception">No reply; see <see cref="ReplyOutcomes.Reason"/>.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<OperationOutcome> SendAsync(TimeSpan poll, CancellationToken cancellationToken)
    {
        (var reply, _connection) = await pool.ExchangeAsync(_connection!, poll + patience, cancellationToken);
        Body = reply.Body;
        return outcomes.Of(reply);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_connection is { } used)
        {
            _connection = null;
            pool.Return(used);
        }
    }
}
