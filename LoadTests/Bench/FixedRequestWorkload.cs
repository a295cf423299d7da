using System.Net;
using System.Text;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Http;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;

namespace SynapseLab.LoadTests.Bench;

/// <summary>The same request again and again on a fixed number of connections: what remains is the driver's own cost.</summary>
/// <param name="to">The server.</param>
/// <param name="request">The request as bytes, head and body.</param>
/// <param name="connections">Number of loops, a connection each.</param>
/// <param name="time">The clock.</param>
internal sealed class FixedRequestWorkload(
    IPEndPoint to, ReadOnlyMemory<byte> request, int connections, TimeProvider time) : IWorkload, IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private readonly HttpConnection?[] _connections = new HttpConnection?[connections];

    /// <inheritdoc />
    public IEnumerable<PlannedOperation> Schedule => [];

    /// <inheritdoc />
    public int Loops => connections;

    /// <inheritdoc />
    public OperationKind LoopOperation => OperationKind.Request;

    private const string SendPath = "/_matrix/client/v3/rooms/%21abcdefghijklmnop%3Ahs1.test/send/m.room.message/txn1";
    private const string Bearer = "Bearer syt_bG9hZDE_abcdefghijklmnopqrst_012345";
    private const string Message = """{"msgtype":"m.text","body":"a message of the usual length, as people write it","lab.number":12345}""";

    /// <summary>A request like those that load profiles make: a PUT with an access token and a small JSON body.</summary>
    /// <param name="host">Value of the Host header.</param>
    public static ReadOnlyMemory<byte> Send(string host) => new RequestBuffer()
        .Add("PUT "u8).Add(SendPath).Add(" HTTP/1.1\r\nHost: "u8).Add(host).Add("\r\nAuthorization: "u8).Add(Bearer).Add("\r\n"u8)
        .AddJson(Encoding.UTF8.GetBytes(Message)).Written;

    /// <summary>The same request as <see cref="Send"/> in wrk's words. Without a function <c>request</c> wrk makes it once and sends it
    /// again and again (wrk, SCRIPTING).</summary>
    public static string SendInLua => $"""
        wrk.method = "PUT"
        wrk.path = "{SendPath}"
        wrk.headers["Authorization"] = "{Bearer}"
        wrk.headers["Content-Type"] = "application/json"
        wrk.body = [[{Message}]]

        """;

    /// <summary>The smallest request.</summary>
    /// <param name="host">Value of the Host header.</param>
    public static ReadOnlyMemory<byte> Get(string host) =>
        new RequestBuffer().Add("GET / HTTP/1.1\r\nHost: "u8).Add(host).Add("\r\n\r\n"u8).Written;

    /// <inheritdoc />
    public ValueTask<OperationOutcome> ExecuteAsync(PlannedOperation operation, CancellationToken cancellationToken) =>
        throw new NotSupportedException("This workload has no open part.");

    /// <inheritdoc />
    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<OperationOutcome> IterateAsync(int loop, CancellationToken cancellationToken)
    {
        try
        {
            // nginx closes a connection after keepalive_requests; a new one belongs to the cost.
            var connection = _connections[loop];
            if (connection is not { Reusable: true })
            {
                connection?.Dispose();
                connection = _connections[loop] = await HttpConnection.OpenAsync(to, time, cancellationToken);
                connection.Request.Add(request.Span);
            }

            var reply = await connection.ExchangeAsync(Timeout, cancellationToken);
            return new OperationOutcome(reply.Status, Sample.NoWorker, reply.Body.Length, reply.Succeeded ? null : $"HTTP {reply.Status}");
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or TimeoutException)
        {
            _connections[loop]?.Dispose();
            _connections[loop] = null;
            return OperationOutcome.NoReply(e.Message);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection?.Dispose();
        }
    }
}
