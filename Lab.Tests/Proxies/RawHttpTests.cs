using System.Net;
using System.Net.Sockets;
using Xunit;

namespace SynapseLab.Tests.Proxies;

/// <summary>The client of the conformance tests: what it says that a process answered has to be what arrived, however it was cut on the way.</summary>
public sealed class RawHttpTests
{
    private const string ChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

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

    private static async Task<RawResponse> ReadAsync(string response)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = AnswerByteByByteAsync(listener, response, limit.Token);
        using var http = new RawHttp("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        var answer = await http.SendAsync("GET", "/", cancellationToken: limit.Token);
        await server;
        return answer;
    }

    private static async Task AnswerByteByByteAsync(TcpListener listener, string response, CancellationToken cancellationToken)
    {
        using var connection = await listener.AcceptTcpClientAsync(cancellationToken);
        connection.NoDelay = true;
        var stream = connection.GetStream();
        using var reader = new StreamReader(stream, leaveOpen: true);
        while (!string.IsNullOrEmpty(await reader.ReadLineAsync(cancellationToken)))
        {
        }

        foreach (var letter in response)
        {
            await stream.WriteAsync(new[] { (byte)letter }, cancellationToken);
        }
    }
}
