using System.Net.Http.Headers;
using SynapseLab.Deployments;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Tests.RealLab;
using SynapseLab.Waiting;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

/// <summary>HAProxy as a lab's own proxy gives what nginx gives: health, a way to every process, and evidence of who served.</summary>
[Trait("Lab", "real")]
[Collection(PackedLab.Name)]
public sealed class HaproxyLabTests(PackedLab fixture, ITestOutputHelper output) : ScenarioTest(fixture, output)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_lab_s_own_proxy_is_HAProxy_and_healthy()
    {
        var container = fixture.Lab.Deployment.Containers.Single(container => container.Kind == ContainerKind.Proxy);

        Assert.True((await fixture.Lab.LookAsync(None))[container.Name].Holds);
        var result = await fixture.Lab.Engine.ExecAsync(fixture.Lab.ContainerId(container.Name), ["haproxy", "-v"], null, None);
        Assert.StartsWith("HAProxy version 3.", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_poll_that_somebody_left_is_no_evidence_of_what_happened_later()
    {
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, fixture.Lab.ClientUri());
        var session = await client.RegisterWithSecretAsync(
            $"haproxy-{Guid.NewGuid():n}"[..20],
            "secret",
            await fixture.Lab.RegistrationSharedSecretAsync(),
            admin: false,
            None);
        client = client.With(session.AccessToken, session.UserId);
        var position = (await client.SendAsync(HttpMethod.Get, "/_matrix/client/v3/sync?timeout=0", null, None))
            .GetProperty("next_batch")
            .GetString()!;
        var mark = await fixture.Lab.ProxyLog.MarkAsync(None);
        var before = await SyncsAsync();

        using var patience = new CancellationTokenSource();
        var poll = client.SendAsync(
            HttpMethod.Get,
            $"/_matrix/client/v3/sync?timeout=3000&since={Uri.EscapeDataString(position)}",
            null,
            patience.Token);
        await fixture.Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(10),
            "Synapse has the sync",
            async _ =>
                await SyncsAsync() is var count && count > before ? Observation.Yes($"{count} syncs") : Observation.No($"{count} syncs"),
            None);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);

        var window = await EvidenceWindow.OpenAsync(fixture.Lab, None);
        await fixture.Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(10),
            "the proxy has finished the poll",
            async token =>
            {
                var lines = SyncLines.Of(await fixture.Lab.ProxyLog.SinceAsync(mark, token));
                return lines.Any(line => line.Since && line.RequestId.StartsWith(session.UserId, StringComparison.Ordinal))
                    ? Observation.Yes("logged")
                    : Observation.No("no line");
            },
            None);
        var look = await SyncLines.MetricsAgreeAsync(window, fixture.Lab.Deployment.Homeservers[0], None);
        Assert.True(look.Holds, look.Seen);
        Assert.Empty(await window.LinesAsync(None));

        async Task<double> SyncsAsync() => (await fixture.Lab.AllMetricsAsync(None)).Values.Sum(metrics =>
            metrics.Sum(SynapseMetric.Requests, ("servlet", "SyncRestServlet")));
    }

    [Fact]
    public async Task A_message_is_sent_and_synced_through_it_and_header_and_log_agree_who_served_each()
    {
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, fixture.Lab.ClientUri());
        var session = await client.RegisterWithSecretAsync(
            $"haproxy-{Guid.NewGuid():n}"[..20],
            "secret",
            await fixture.Lab.RegistrationSharedSecretAsync(),
            admin: false,
            None);
        using var http = new HttpClient { BaseAddress = fixture.Lab.ClientUri() };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.AccessToken);
        var mark = await fixture.Lab.ProxyLog.MarkAsync(None);
        var headers = new Dictionary<string, string>();

        var room = await AskAsync(HttpMethod.Post, "createRoom", "{}", "room_id");
        var sent = await AskAsync(
            HttpMethod.Put,
            $"rooms/{Uri.EscapeDataString(room)}/send/m.room.message/1",
            """{"msgtype":"m.text","body":"through HAProxy"}""",
            "event_id");
        await AskAsync(HttpMethod.Get, "sync?timeout=0", null, sent);

        var lines = (await fixture.Lab.ProxyLog.SinceAsync(mark, None)).Where(line => headers.ContainsKey(line.RequestId)).ToArray();
        Assert.Equal(headers, lines.ToDictionary(line => line.RequestId, line => line.Worker));
        Assert.All(lines, line => Assert.StartsWith("generic_worker", line.Worker, StringComparison.Ordinal));
        Assert.Equal("hs1_generic_worker_by_user", lines.Single(line => line.Uri.Contains("/sync", StringComparison.Ordinal)).Pool);

        // Gives what the answer has under a name; where the name is no key, the answer has to hold it.
        async Task<string> AskAsync(HttpMethod method, string path, string? body, string wanted)
        {
            var id = Guid.NewGuid().ToString("n");
            using var request = new HttpRequestMessage(
                method,
                $"/_matrix/client/v3/{path}")
            { Content = body is null ? null : new StringContent(body) };
            request.Headers.Add("X-Request-ID", id);
            using var response = await http.SendAsync(request, None);
            var text = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
            headers[id] = response.Headers.GetValues("X-Synapse-Worker").Single();
            Assert.Contains(wanted, text, StringComparison.Ordinal);
            return System.Text.Json.Nodes.JsonNode.Parse(text)![wanted]?.GetValue<string>() ?? "";
        }
    }
}
