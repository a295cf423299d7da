using System.Net;
using System.Net.Sockets;
using Xunit;

namespace SynapseLab.Tests.Proxies;

/// <summary>
/// The client of the conformance tests: what it says that a process answered has to be what arrived, however it was cut on the way.
/// </summary>
public sealed class RawHttpTests
{
    private const string ChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string Whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("4\r\n{\"ro\r\n6\r\nom\":1}\r\n0\r\n\r\n", "{\"room\":1}")]
    [InlineData("a\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n0\r\n\r\n")]
    [InlineData("0\r\n\r\n", "")]
    public async Task A_body_of_chunks_is_their_data_in_a_row(string chunks, string body) =>
        Assert.Equal(body, (await ReadAsync(ChunkedHead + chunks)).Body);

    [Theory]
    [InlineData(ChunkedHead + "4\r\nWi")]
    [InlineData(ChunkedHead + "4\r\nWiki\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nWi")]
    public async Task A_body_that_ends_early_is_no_answer(string response) =>
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(response));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nWi")]
    [InlineData(ChunkedHead + "4\r\nWi")]
    [InlineData("HTTP/1.1 200")]
    public async Task On_a_connection_that_served_before_an_answer_that_ends_early_is_no_answer_and_is_not_asked_for_again(string cut)
    {
        using var limit = new CancellationTokenSource(Deadline);
        using var listener = Listening();
        var server = ServeAsync(listener, [[Whole, cut], [Whole]], limit.Token);
        using var http = ClientOf(listener);
        await http.SendAsync("PUT", "/1", cancellationToken: limit.Token);

        await Assert.ThrowsAsync<IOException>(() => http.SendAsync("PUT", "/2", cancellationToken: limit.Token));

        Assert.Equal("whole", (await http.SendAsync("PUT", "/3", cancellationToken: limit.Token)).Body);
        Assert.Equal(["PUT /1 HTTP/1.1", "PUT /2 HTTP/1.1", "PUT /3 HTTP/1.1"], await server);
    }

    [Fact]
    public async Task A_request_that_meets_a_connection_closed_while_idle_is_sent_on_a_fresh_one()
    {
        using var limit = new CancellationTokenSource(Deadline);
        using var listener = Listening();
        var server = ServeAsync(listener, [[Whole], [Whole]], limit.Token);
        using var http = ClientOf(listener);
        await http.SendAsync("GET", "/1", cancellationToken: limit.Token);

        Assert.Equal("whole", (await http.SendAsync("GET", "/2", cancellationToken: limit.Token)).Body);
        Assert.Equal(["GET /1 HTTP/1.1", "GET /2 HTTP/1.1"], await server);
    }

    private static async Task<RawResponse> ReadAsync(string response)
    {
        using var limit = new CancellationTokenSource(Deadline);
        using var listener = Listening();
        var server = ServeAsync(listener, [[response]], limit.Token);
        using var http = ClientOf(listener);
        var answer = await http.SendAsync("GET", "/", cancellationToken: limit.Token);
        await server;
        return answer;
    }

    private static TcpListener Listening()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static RawHttp ClientOf(TcpListener listener) => new("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);

    // Answers the requests of one connection after the other, byte by byte, and closes each after its last answer. Gives the request lines
    // that came.
    private static async Task<IReadOnlyList<string>> ServeAsync(
        TcpListener listener,
        string[][] connections,
        CancellationToken cancellationToken)
    {
        var requests = new List<string>();
        foreach (var responses in connections)
        {
            using var connection = await listener.AcceptTcpClientAsync(cancellationToken);
            connection.NoDelay = true;
            var stream = connection.GetStream();
            using var reader = new StreamReader(stream, leaveOpen: true);
            foreach (var response in responses)
            {
                requests.Add(await reader.ReadLineAsync(cancellationToken) ?? "nothing");
                while (!string.IsNullOrEmpty(await reader.ReadLineAsync(cancellationToken)))
                {
                }

                foreach (var letter in response)
                {
                    await stream.WriteAsync(new[] { (byte)letter }, cancellationToken);
                }
            }
        }

        return requests;
    }
}
