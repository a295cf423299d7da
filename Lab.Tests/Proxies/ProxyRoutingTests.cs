using System.Globalization;
using System.Net;
using System.Text;
using SynapseLab.Catalogue;
using SynapseLab.Proxies;
using SynapseLab.Routing;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Tests.Routing;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Proxies;

/// <summary>The rendered configurations, on real nginx and HAProxy: they decide as <see cref="RouteMap"/> does.</summary>
[Trait("Lab", "engine")]
public sealed class ProxyRoutingTests(SharedProxies proxies) : IClassFixture<SharedProxies>
{
    // Ends a hanging test, measures nothing.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(300);

    [Theory]
    [InlineData("nginx", "reference")]
    [InlineData("nginx", "every role")]
    [InlineData("nginx", "monolith")]
    [InlineData("haproxy", "reference")]
    [InlineData("haproxy", "every role")]
    [InlineData("haproxy", "monolith")]
    public async Task Every_entry_goes_where_the_map_says_and_arrives_as_it_was_sent(string kind, string layout)
    {
        var proxy = await proxies.GetAsync(kind, layout);
        using var limit = new CancellationTokenSource(Deadline);
        using var http = proxy.Client();
        var wrong = new List<string>();
        foreach (var request in SampleRequests.Of(proxy.Map.Catalogue, Token("alice")))
        {
            var decision = proxy.Map.Decide(request with { RemoteAddress = IPAddress.Parse("192.0.2.1") });
            var response = await SendAsync(http, request, "192.0.2.1", limit.Token);
            if (decision.Pool is null)
            {
                Check(
                    response.Status == 403 && response.Worker is null,
                    request,
                    $"refused, but HTTP {response.Status} from {response.Worker}");
                continue;
            }

            Check(response.Status == 200, request, $"HTTP {response.Status}");
            Check(
                decision.Pool.Members.Any(member => member.Id == response.Worker),
                request,
                $"{decision.Pool.Name}, but {response.Worker} served it");
            Check(
                decision.Instance is null || decision.Instance.Id == response.Worker,
                request,
                $"{decision.Instance?.Id}, but {response.Worker} served it");
            var process = proxy.Homeservers[0].Processes.First(process => process.Id == (response.Worker ?? "main"));
            Check(
                response.Body == $"{process.HttpPort} {request.Method} {request.Target}\n",
                request,
                $"'{process.HttpPort} {request.Method} {request.Target}', but '{response.Body.Trim()}' arrived");
        }

        Assert.Empty(wrong);

        void Check(bool holds, HttpRequestLine request, string what)
        {
            if (!holds)
            {
                wrong.Add($"{request.Method} {request.Target}: expected {what}");
            }
        }
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task A_user_a_room_and_an_origin_stay_on_one_worker_in_every_spelling(string kind)
    {
        var proxy = await proxies.GetAsync(kind, "every role");
        using var limit = new CancellationTokenSource(Deadline);
        using var http = proxy.Client();
        foreach (var number in Enumerable.Range(0, 40))
        {
            await SameWorkerAsync(
                new HttpRequestLine("GET", "/_matrix/client/v3/sync?since=s1") { Authorization = $"Bearer {Token($"user{number}", "A")}" },
                new HttpRequestLine("GET", "/_matrix/client/r0/sync?since=s2") { Authorization = $"Bearer {Token($"user{number}", "B")}" },
                new HttpRequestLine("GET", $"/_matrix/client/v3/sync?since=s3&access_token={Token($"user{number}", "C")}"));
            await SameWorkerAsync(
                new HttpRequestLine("GET", "/_matrix/client/v3/sync?since=s1") { Authorization = $"Bearer mat_{number}_opaque" },
                new HttpRequestLine("GET", $"/_matrix/client/v3/sync?since=s1&access_token=mat_{number}_opaque"));
            await SameWorkerAsync(
                new HttpRequestLine("PUT", $"/_matrix/client/v3/rooms/!room{number}:hs1.test/send/m.x/1"),
                new HttpRequestLine("PUT", $"/_matrix/client/r0/rooms/%21room{number}%3ahs1.test/send/m.x/2"),
                new HttpRequestLine("POST", $"/_matrix/client/v3/join/%21room{number}%3Ahs1.test"));
            await SameWorkerAsync(
                new HttpRequestLine("PUT", $"/_matrix/client/v3/rooms/!31hneApxJ{number}/send/m.x/1"),
                new HttpRequestLine("POST", $"/_matrix/client/v3/rooms/%2131hneApxJ{number}/leave"));
            await SameWorkerAsync(
                new HttpRequestLine("PUT", "/_matrix/federation/v1/send/1")
                {
                    Authorization = $"X-Matrix origin=\"hs{number}.test\",destination=\"hs1.test\",key=\"ed25519:a\",sig=\"A\"",
                },
                new HttpRequestLine("PUT", "/_matrix/federation/v1/send/2/")
                {
                    Authorization = $"X-Matrix key=\"ed25519:a\",sig=\"B\",origin=hs{number}.test",
                });
        }

        async Task SameWorkerAsync(params HttpRequestLine[] requests)
        {
            var workers = new HashSet<string?>();
            foreach (var request in requests)
            {
                workers.Add((await SendAsync(http, request, "192.0.2.1", limit.Token)).Worker);
            }

            Assert.True(workers.Count == 1, $"{requests[0].Target}: {string.Join(", ", workers)}");
        }
    }

    [Theory]
    [InlineData("nginx", "/_matrix/client/v3/sync?since=s1", "hs1_synchrotron_by_user")]
    [InlineData("haproxy", "/_matrix/client/v3/sync?since=s1", "hs1_synchrotron_by_user")]
    public async Task The_access_log_names_request_worker_and_pool_and_hides_the_token(string kind, string target, string pool)
    {
        var proxy = await proxies.GetAsync(kind, "every role");
        using var limit = new CancellationTokenSource(Deadline);
        using var http = proxy.Client();
        var response = await http.SendAsync(
            "GET",
            $"{target}&access_token={Token("alice")}&x=\"y",
            new Dictionary<string, string> { ["X-Request-ID"] = "the-request", ["User-Agent"] = "test \"quoted\"" },
            cancellationToken: limit.Token);

        var line = await LoggedAsync(proxy, "the-request", limit.Token);
        Assert.Equal(
            ("hs1", "client", "GET", 200, response.Worker, pool, "user", "test \"quoted\""),
            (line.Homeserver, line.Listener, line.Method, line.Status, line.Worker, line.Pool, line.Affinity, line.UserAgent));
        Assert.Equal($"{target}&access_token=redacted&x=\"y", line.Uri);
        Assert.InRange(line.Time, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    [Theory]
    [InlineData("?x=1", "?x=1")]
    [InlineData("?access_token=SECRET&x=1", "?access_token=redacted&x=1")]
    [InlineData("?x=1&access_token=SECRET", "?x=1&access_token=redacted")]
    [InlineData("?access_token=SECRET;access_token=SECRET&x=1", "?redacted")]
    [InlineData("?access_token=SECRET&access_token=SECRET", "?redacted")]
    [InlineData("?access_token=&access_token=SECRET", "?redacted")]
    [InlineData("?access%5Ftoken=SECRET", "?redacted")]
    [InlineData("?x=1&access%5ftoken=SECRET", "?redacted")]
    [InlineData("?x=1;access%5Ftoken=SECRET", "?redacted")]
    [InlineData("?%61ccess_toke%6E=SECRET", "?redacted")]
    [InlineData("?access_token=&access%5Ftoken=SECRET", "?redacted")]
    public async Task No_spelling_of_a_token_in_the_query_gets_into_the_access_log(string query, string expected)
    {
        foreach (var kind in ProxyRenderers.All.Select(renderer => renderer.Kind))
        {
            var proxy = await proxies.GetAsync(kind, "every role");
            using var limit = new CancellationTokenSource(Deadline);
            using var http = proxy.Client();
            var id = Guid.NewGuid().ToString("n");
            await http.SendAsync(
                "GET",
                $"/_matrix/client/v3/sync{query}",
                new Dictionary<string, string> { ["X-Request-ID"] = id },
                cancellationToken: limit.Token);

            Assert.Equal((kind, $"/_matrix/client/v3/sync{expected}"), (kind, (await LoggedAsync(proxy, id, limit.Token)).Uri));
        }
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task A_token_in_the_query_gets_into_no_log_when_no_worker_can_be_reached(string kind)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await using var proxy = await ProxyUnderTest.StartAsync(
            RoutedHomeservers.Reference(),
            RoutedHomeservers.ReferenceProxy(kind),
            limit.Token);
        await proxy.StopTheRestAsync(limit.Token);
        using var http = proxy.Client();
        foreach (var id in new[] { "the-first", "the-second" })
        {
            var response = await http.SendAsync(
                "GET",
                "/_matrix/client/v3/sync?access_token=SECRET",
                new Dictionary<string, string> { ["X-Request-ID"] = id },
                cancellationToken: limit.Token);
            Assert.InRange(response.Status, 502, 504);
            Assert.Equal(response.Status, (await LoggedAsync(proxy, id, limit.Token)).Status);
        }

        Assert.DoesNotContain("SECRET", await proxy.ProxyOutputAsync(limit.Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task A_request_line_of_nearly_16_KiB_passes_and_a_longer_one_is_refused(string kind)
    {
        var proxy = await proxies.GetAsync(kind, "reference");
        using var limit = new CancellationTokenSource(Deadline);
        const string Sync = "/_matrix/client/v3/sync?since=s1&filter=";
        var target = Sync + new string('x', 16280 - Sync.Length);
        using var http = proxy.Client();
        var id = Guid.NewGuid().ToString("n");
        var passed = await http.SendAsync(
            "GET",
            target,
            new Dictionary<string, string> { ["Authorization"] = $"Bearer {Token("alice")}", ["X-Request-ID"] = id },
            cancellationToken: limit.Token);
        Assert.Equal(200, passed.Status);
        Assert.Equal(target, (await LoggedAsync(proxy, id, limit.Token)).Uri);
        Assert.EndsWith($" GET {target}\n", passed.Body, StringComparison.Ordinal);

        var refused = await http.SendAsync("GET", Sync + new string('x', 20000), cancellationToken: limit.Token);
        Assert.Equal((414, null), (refused.Status, refused.Worker));
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Of_several_forwarded_addresses_the_last_one_counts(string kind)
    {
        var proxy = await proxies.GetAsync(kind, "reference");
        using var limit = new CancellationTokenSource(Deadline);
        using var http = proxy.Client();
        var id = Guid.NewGuid().ToString("n");
        await http.SendAsync(
            "GET",
            "/_matrix/client/versions",
            new Dictionary<string, string> { ["X-Request-ID"] = id, ["X-Forwarded-For"] = "198.51.100.9, 192.0.2.7" },
            cancellationToken: limit.Token);

        Assert.Equal("192.0.2.7", (await LoggedAsync(proxy, id, limit.Token)).Remote);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Replication_and_metrics_are_refused_in_every_spelling(string kind)
    {
        var proxy = await proxies.GetAsync(kind, "reference");
        using var limit = new CancellationTokenSource(Deadline);
        string[] targets =
        [
            "/_synapse/replication/send_events/x", "/_synapse/metrics", "/_synapse/%72eplication/x", "/%5fsynapse/replication",
            "/_synapse/replication%2Fx",
            "/_synapse//replication", "/_synapse%2Fmetrics", "/_matrix/../_synapse/metrics",
            "/_matrix/client/v3/../../../_synapse/replication/x", "/_synapse/metrics?x=1",
            "/_SYNAPSE/metrics", "/_synapse/Replication/x", "/_Synapse/METRICS", "/%5FSYNAPSE/%4Detrics", "/_synapse/metrics/",
            "/_synapse/replication/", "/_matrix/../_SYNAPSE/metrics",
        ];
        foreach (var target in targets)
        {
            using var http = proxy.Client();
            var response = await http.SendAsync("GET", target, cancellationToken: limit.Token);
            Assert.True(response.Status == 403 && response.Worker is null, $"{target}: HTTP {response.Status} from {response.Worker}");
        }
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Other_homeservers_reach_federation_and_keys_over_TLS_and_nothing_else(string kind)
    {
        var proxy = await proxies.GetAsync(kind, "reference");
        using var limit = new CancellationTokenSource(Deadline);
        string[] forbidden =
        [
            "/", "/_synapse/replication/x", "/_synapse/metrics", "/_synapse/%72eplication/x", "/_synapse/admin/v1/server_version",
            "/_matrix/client/versions", "/_matrix/client/v3/sync",
            "/_matrix/media/v3/config", "/_matrix/federation/../client/versions", "/_matrix/federation/v1/../../client/versions",
            "/_matrix/federation/%2e%2e/client/versions",
            "/_matrix/federation/%2E%2e%2Fclient/versions", "/_matrix/key/../../_synapse/metrics",
            "/_matrix/federation/../../_synapse/replication/x", "/.well-known/matrix/client",
        ];
        foreach (var port in new[] { proxy.FederationPort, proxy.WellKnownPort })
        {
            string[] served = ["/_matrix/federation/v1/version", "/_matrix/key/v2/server", "/_matrix/federation/v1/event/%24x%2Fy"];
            foreach (var target in served)
            {
                var passed = await AskAsync(port, target);
                Assert.Equal((target, 200), (target, passed.Status));
                Assert.EndsWith($" GET {target}\n", passed.Body, StringComparison.Ordinal);
            }

            var wellKnown = await AskAsync(port, "/.well-known/matrix/server");
            Assert.Equal((200, null, """{"m.server": "hs1.test:8448"}"""), (wellKnown.Status, wellKnown.Worker, wellKnown.Body));
            foreach (var target in forbidden)
            {
                var refused = await AskAsync(port, target);
                Assert.True(
                    refused.Status is 403 or 404 && refused.Worker is null,
                    $"{port} {target}: HTTP {refused.Status} from {refused.Worker ?? kind}");
            }
        }

        async Task<RawResponse> AskAsync(int port, string target)
        {
            using var http = new RawHttp("127.0.0.1", port, tlsName: "hs1.test");
            return await http.SendAsync("GET", target, cancellationToken: limit.Token);
        }
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task A_worker_that_is_down_at_the_start_or_stops_or_moves_is_left_out_and_comes_back(string kind)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await using var proxy = await ProxyUnderTest.StartAsync(
            RoutedHomeservers.Reference(),
            RoutedHomeservers.ReferenceProxy(kind),
            limit.Token,
            apart: ["generic_worker2"],
            missing: ["generic_worker3"]);
        var waiter = new Waiter(TimeProvider.System);

        Assert.Equal(["generic_worker1", "generic_worker2"], await ServingAsync(proxy, limit.Token));
        await proxy.StartMissingAsync("generic_worker3", limit.Token);
        await UntilServingAsync("generic_worker1", "generic_worker2", "generic_worker3");
        var before = proxy.AddressOf("generic_worker2");
        await proxy.StopAsync("generic_worker2", limit.Token);
        await UntilServingAsync("generic_worker1", "generic_worker3");
        await proxy.OccupyAnAddressAsync(limit.Token);
        await proxy.StartAsync("generic_worker2", limit.Token);
        Assert.NotEqual(before, proxy.AddressOf("generic_worker2"));
        await UntilServingAsync("generic_worker1", "generic_worker2", "generic_worker3");

        async Task UntilServingAsync(params string[] expected) => await waiter.UntilAsync(
            TimeSpan.FromSeconds(30),
            $"{string.Join(", ", expected)} serve all users",
            async token =>
            {
                var serving = await ServingAsync(proxy, token);
                return new Observation(serving.SequenceEqual(expected), string.Join(", ", serving));
            },
            limit.Token);
    }

    private static async Task<ProxyLogLine> LoggedAsync(ProxyUnderTest proxy, string requestId, CancellationToken cancellationToken)
    {
        ProxyLogLine? line = null;
        await new Waiter(TimeProvider.System).UntilAsync(TimeSpan.FromSeconds(30), "the proxy logs the request", async token =>
        {
            line = (await proxy.ProxyLogAsync(token))
                .Split('\n')
                .Select(ProxyLogLine.TryParse)
                .FirstOrDefault(parsed => parsed?.RequestId == requestId);
            return new Observation(line is not null, "not yet");
        }, cancellationToken);
        return line!;
    }

    private static async Task<IReadOnlyList<string>> ServingAsync(ProxyUnderTest proxy, CancellationToken cancellationToken)
    {
        using var http = proxy.Client();
        var serving = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var number in Enumerable.Range(0, 30))
        {
            var request = new HttpRequestLine(
                "GET",
                "/_matrix/client/v3/sync?since=s1")
            { Authorization = $"Bearer {Token($"user{number}")}" };
            var response = await SendAsync(http, request, "192.0.2.1", cancellationToken);
            serving.Add(response.Status == 200 ? response.Worker ?? "nobody" : $"HTTP {response.Status}");
        }

        return [.. serving];
    }

    private static Task<RawResponse> SendAsync(RawHttp http, HttpRequestLine request, string address, CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string> { ["X-Forwarded-For"] = address };
        if (request.Authorization is not null)
        {
            headers["Authorization"] = request.Authorization;
        }

        return http.SendAsync(request.Method, request.Target, headers, cancellationToken: cancellationToken);
    }

    private static string Token(string localpart, string random = "x") => string.Create(
        CultureInfo.InvariantCulture,
        $"syt_{Convert.ToBase64String(Encoding.UTF8.GetBytes(localpart)).TrimEnd('=')}_{random.PadRight(20, 'q')}_0a1B2c");
}
