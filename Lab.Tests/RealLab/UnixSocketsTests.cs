using System.Globalization;
using SynapseLab.Catalogue;
using SynapseLab.Conventions;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Proxies;
using SynapseLab.Tests.RealLab.Conformance;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>Synapse and Redis on Unix sockets: the same evidence as on ports, and no port to reach them by.</summary>
[Trait("Lab", "real")]
[Collection(UnixSocketsLab.Name)]
public sealed class UnixSocketsTests(UnixSocketsLab fixture)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task A_message_goes_from_the_proxy_through_a_generic_worker_to_the_persister_and_a_receipt_to_its_writer()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var lab = fixture.Lab;
        var mark = await lab.ProxyLog.MarkAsync(limit.Token);
        using var connections = new MatrixConnections();
        var session = await new MatrixClient(connections.Http, lab.ClientUri()).RegisterAsync(
            $"alice-{Guid.NewGuid():n}",
            "secret",
            limit.Token);
        var alice = new MatrixClient(connections.Http, lab.ClientUri(), session.AccessToken);
        var room = await alice.CreateRoomAsync(null, limit.Token);
        var sent = await alice.SendMessageAsync(room, "hello", "1", limit.Token);
        await alice.ReceiptAsync(room, sent, limit.Token);

        await using var command = lab
            .Database()
            .CreateCommand(
                "SELECT instance_name FROM events WHERE event_id = $1 UNION ALL SELECT instance_name FROM receipts_linearized WHERE "
                    + "event_id = $1 ORDER BY 1");
        command.Parameters.Add(new() { Value = sent });
        var writers = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(limit.Token);
        while (await reader.ReadAsync(limit.Token))
        {
            writers.Add(reader.GetString(0));
        }

        Assert.Equal(["events_persister1", "receipts_writer"], writers);
        var lines = await lab.ProxyLog.SinceAsync(mark, limit.Token);
        Assert.StartsWith(
            "generic_worker",
            Assert.Single(lines, line => line.Path.EndsWith("/send/m.room.message/1", StringComparison.Ordinal)).Worker,
            StringComparison.Ordinal);
        Assert.Equal(
            "receipts_writer",
            Assert.Single(lines, line => line.Path.Contains("/receipt/m.read/", StringComparison.Ordinal)).Worker);
    }

    [Fact]
    public async Task Of_Synapse_only_the_metrics_and_of_Redis_nothing_listens_on_a_port()
    {
        using var limit = new CancellationTokenSource(Deadline);
        foreach (var process in fixture.Lab.Deployment.Processes)
        {
            Assert.Equal([process.MetricsPort], await ListeningPortsAsync(process.Container, limit.Token));
        }

        Assert.Empty(await ListeningPortsAsync("redis", limit.Token));
    }

    [Fact]
    public async Task The_proxy_has_no_socket_of_replication()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var proxy = await ExecAsync("proxy", limit.Token, "find", LabPaths.Sockets, "-name", "*.sock");
        var main = await ExecAsync("main", limit.Token, "find", LabPaths.Sockets, "-name", "*.sock");
        Assert.DoesNotContain("replication", proxy, StringComparison.Ordinal);
        Assert.Equal(fixture.Lab.Deployment.Processes.Select(process => process.HttpSocket!).Order(StringComparer.Ordinal), Lines(proxy));
        Assert.Equal(
            [
                "/run/synapse/hs1/replication/events_persister1.sock",
                "/run/synapse/hs1/replication/main.sock",
                "/run/synapse/hs1/replication/receipts_writer.sock",
            ],
            Lines(main).Where(line => line.Contains("replication", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_killed_process_comes_back_though_its_sockets_and_their_locks_were_left()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var lab = fixture.Lab;
        await lab.KillAsync("events_persister1", limit.Token);
        Assert.Contains(
            "events_persister1.sock",
            await ExecAsync("main", limit.Token, "ls", $"{LabPaths.Sockets}/hs1/replication"),
            StringComparison.Ordinal);

        await lab.StartAsync("events_persister1", limit.Token);
        await lab.WaitReadyAsync("events_persister1", Deadline, limit.Token);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Each_user_s_worker_behind_either_proxy_is_the_one_that_the_map_foretells(string kind)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await using var proxy = await SecondProxy.StartAsync(fixture.Lab, kind, limit.Token);
        using var http = new RawHttp("127.0.0.1", proxy.ClientPorts[0]);
        var served = new HashSet<string>();
        foreach (var user in Enumerable.Range(0, 30))
        {
            // Synapse refuses the token; the proxy takes the localpart out of it.
            var request = new HttpRequestLine("GET", "/_matrix/client/v3/sync?timeout=0")
            {
                Authorization = string.Create(CultureInfo.InvariantCulture, $"Bearer syt_dXNlcg{user}_x_y"),
            };
            var response = await http.SendAsync(
                request.Method,
                request.Target,
                new Dictionary<string, string> { ["Authorization"] = request.Authorization },
                cancellationToken: limit.Token);
            Assert.Equal((401, proxy.Map.Decide(request, "hs1").Instance!.Id), (response.Status, response.Worker));
            served.Add(response.Worker!);
        }

        Assert.Equal(3, served.Count);
    }

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);

    // proc_net_tcp: "   0: 00000000:244A 00000000:0000 0A 00000000:00000000 ...": local address and port in hexadecimal, 0A for LISTEN.
    private async Task<IReadOnlyList<int>> ListeningPortsAsync(string container, CancellationToken cancellationToken)
    {
        const string Engine = "0B00007F"; // 127.0.0.11, the engine's name server, is in every container.
        var table = await ExecAsync(container, cancellationToken, "cat", "/proc/net/tcp", "/proc/net/tcp6");
        Assert.Contains("local_address", table, StringComparison.Ordinal);
        return
        [
            .. Lines(table)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words.Length > 3 && words[3] == "0A" && !words[1].StartsWith(Engine, StringComparison.Ordinal))
                .Select(words => int.Parse(words[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                .Distinct(),
        ];
    }

    private async Task<string> ExecAsync(string processOrContainer, CancellationToken cancellationToken, params string[] command)
    {
        var result = await fixture.Lab.Engine.ExecAsync(fixture.Lab.ContainerId(processOrContainer), command, null, cancellationToken);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"{processOrContainer}: {string.Join(' ', command)}: {result.Error}");
    }
}
