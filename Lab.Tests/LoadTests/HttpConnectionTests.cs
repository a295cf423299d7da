using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SynapseLab.LoadTests.Http;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

/// <summary>Against a real socket that says exactly what the test wants, in the pieces that it wants.</summary>
public sealed class HttpConnectionTests : IDisposable
{
    private static readonly TimeSpan PatientFor = TimeSpan.FromSeconds(10);
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);

    // Held until the end: a connection that nobody refers to is closed by the garbage collector, and a silent server is then a broken one.
    private readonly ConcurrentBag<TcpClient> _clients = [];

    public HttpConnectionTests() => _server.Start();

    public void Dispose()
    {
        _server.Dispose();
        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", "", true)]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length:5\r\nX-Synapse-Worker: generic_worker1\r\n\r\nhello", 200, "hello", "generic_worker1", true)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, "", "", true)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 204, "", "", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", 200, "hello world", "", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", 200, "0123456789", "", true)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 200, "ok", "", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", "", false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 200, "ok", "", true)]
    public async Task A_reply_is_read_to_its_end_however_it_is_cut(string reply, int status, string body, string worker, bool reusable)
    {
        foreach (var piece in new[] { reply.Length, 1, 7 })
        {
            using var connection = await ConnectAsync(async stream =>
            {
                for (var at = 0; at < reply.Length; at += piece)
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(reply[at..Math.Min(reply.Length, at + piece)]));
                    await stream.FlushAsync();
                }
            });
            var read = await connection.ExchangeAsync(PatientFor, default);
            Assert.Equal((status, body, worker, reusable), (read.Status, Text(read.Body), Text(read.Worker), connection.Reusable));
        }
    }

    [Fact]
    public async Task A_reply_without_a_length_ends_with_the_connection()
    {
        using var connection = await ConnectAsync(
            stream => stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\nall of it"u8.ToArray()).AsTask(),
            close: true);
        var reply = await connection.ExchangeAsync(PatientFor, default);
        Assert.Equal("all of it", Text(reply.Body));
        Assert.False(connection.Reusable);
    }

    [Fact]
    public async Task A_body_larger_than_the_buffer_is_read()
    {
        var body = new string('x', 1_000_000);
        using var connection = await ConnectAsync(stream =>
            stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}")).AsTask());
        Assert.Equal(body, Text((await connection.ExchangeAsync(PatientFor, default)).Body));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")]
    public async Task What_is_no_reply_or_only_a_part_of_one_is_an_error(string reply)
    {
        using var connection = await ConnectAsync(stream => stream.WriteAsync(Encoding.ASCII.GetBytes(reply)).AsTask(), close: true);
        await Assert.ThrowsAsync<BrokenReplyException>(async () => await connection.ExchangeAsync(PatientFor, default));
        Assert.False(connection.Reusable);
    }

    [Fact]
    public async Task A_server_that_stays_silent_is_a_time_out()
    {
        using var connection = await ConnectAsync(_ => Task.CompletedTask);
        var error = await Assert.ThrowsAsync<TimeoutException>(async () =>
            await connection.ExchangeAsync(TimeSpan.FromMilliseconds(50), default));
        Assert.Equal("no reply within 0.05 s", error.Message);
        Assert.False(connection.Reusable);
    }

    [Fact]
    public async Task Cancelling_breaks_an_exchange_off()
    {
        using var connection = await ConnectAsync(_ => Task.CompletedTask);
        using var cancel = new CancellationTokenSource();
        var exchange = connection.ExchangeAsync(PatientFor, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange);
    }

    // A timer that is due fires although it is being taken back: its callback was queued already.
    [Fact]
    public async Task A_deadline_that_strikes_while_it_is_taken_back_does_not_hit_the_next_exchange()
    {
        async Task AnswerAsync(NetworkStream stream)
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"u8.ToArray());
            await ReadRequestAsync(stream);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"u8.ToArray());
        }

        using var connection = await ConnectAsync(AnswerAsync, time: new TooLateTimers());
        var first = Text((await connection.ExchangeAsync(PatientFor, default)).Body);
        Assert.True(connection.Reusable);

        Assert.Equal(("1", "2"), (first, Text((await connection.ExchangeAsync(PatientFor, default)).Body)));
    }

    [Fact]
    public async Task A_pool_uses_a_connection_again_and_asks_anew_when_the_server_had_closed_it()
    {
        var accepted = 0;
        async Task ServeAsync()
        {
            while (true)
            {
                using var client = await _server.AcceptTcpClientAsync();
                accepted++;
                await using var stream = client.GetStream();

                // Two replies to each connection, and then it is closed as after an idle time.
                for (var i = 0; i < 2; i++)
                {
                    await ReadRequestAsync(stream);
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{accepted}"));
                }
            }
        }

        _ = ServeAsync();
        using var pool = new HttpConnectionPool((IPEndPoint)_server.LocalEndpoint, TimeProvider.System);
        var bodies = "";
        for (var i = 0; i < 5; i++)
        {
            var connection = await pool.TakeAsync(default);
            connection.Request.Clear().Add("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            (var reply, connection) = await pool.ExchangeAsync(connection, PatientFor, default);
            bodies += Text(reply.Body);
            pool.Return(connection);
        }

        Assert.Equal("11223", bodies);
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.ASCII.GetString(bytes.Span);

    private static async Task ReadRequestAsync(NetworkStream stream)
    {
        var buffer = new byte[1024];
        var text = "";
        while (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
            {
                return;
            }

            text += Encoding.ASCII.GetString(buffer, 0, read);
        }
    }

    private async Task<HttpConnection> ConnectAsync(Func<NetworkStream, Task> answer, bool close = false, TimeProvider? time = null)
    {
        async Task ServeAsync()
        {
            var client = await _server.AcceptTcpClientAsync();
            _clients.Add(client);
            client.NoDelay = true;
            await ReadRequestAsync(client.GetStream());
            await answer(client.GetStream());
            if (close)
            {
                client.Dispose();
            }
        }

        _ = ServeAsync();
        var connection = await HttpConnection.OpenAsync((IPEndPoint)_server.LocalEndpoint, time ?? TimeProvider.System, default);
        connection.Request.Add("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8);
        return connection;
    }

    /// <summary>Its timers strike when they are taken back, and never else.</summary>
    private sealed class TooLateTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(() => callback(state));

        private sealed class Timer(Action strike) : ITimer
        {
            private bool _set;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                if (_set && dueTime == Timeout.InfiniteTimeSpan)
                {
                    strike();
                }

                _set = dueTime != Timeout.InfiniteTimeSpan;
                return true;
            }

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
