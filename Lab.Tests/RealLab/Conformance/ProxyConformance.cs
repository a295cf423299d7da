using System.Globalization;
using SynapseLab.Catalogue;
using SynapseLab.Catalogue.Introspection;
using SynapseLab.Plans;
using SynapseLab.Routing;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Proxies;
using SynapseLab.Waiting;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>
/// The catalogue on running Synapse: a real request for each entry and method, through each kind of proxy. Who served it is read
/// from the response header, from the proxy's log and from the metrics of every process, and all three have to agree with the map.
/// </summary>
public abstract class ProxyConformance(RunningLabFixture fixture, ITestOutputHelper output)
{
    // For one homeserver; ends a hanging test, measures nothing.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(240);

    // Requests that the map does not speak of: replication between processes, and the operator's looks at health.
    private static readonly string[] OtherServlets = ["HealthResource"];

    /// <summary>Keys of the homeservers that get the requests: one of each shape that the topology has.</summary>
    protected virtual IReadOnlyList<string> Tried => ["hs1"];

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task A_real_request_for_every_entry_reaches_a_process_that_can_serve_it(string kind)
    {
        using var limit = new CancellationTokenSource(Deadline * Tried.Count);

        // Read while the proxy starts and the requests are prepared.
        var registered = Tried.ToDictionary(
            key => key,
            key => fixture.Routes.OfAsync([fixture.Lab.Deployment.Homeservers[IndexOf(key)]], limit.Token));
        await using var proxy = await SecondProxy.StartAsync(fixture.Lab, kind, limit.Token);
        foreach (var key in Tried)
        {
            await EveryEntryIsServedAsync(proxy, key, registered[key], limit.Token);
        }
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Malformed_and_forbidden_paths_are_turned_away_each_in_the_way_it_has_to_be(string kind)
    {
        using var limit = new CancellationTokenSource(Deadline * Tried.Count);
        await using var proxy = await SecondProxy.StartAsync(fixture.Lab, kind, limit.Token);
        var wrong = new List<string>();
        foreach (var key in Tried)
        {
            var index = IndexOf(key);
            var administrator = new Dictionary<string, string>
            {
                ["Authorization"] = $"Bearer {await AdministratorAsync(fixture.Lab, key, limit.Token)}",
            };
            foreach (var (method, target, expected) in TurnedAwayForClients(kind))
            {
                using var http = new RawHttp("127.0.0.1", proxy.ClientPorts[index]);
                Judge(
                    "client",
                    method,
                    target,
                    expected,
                    await http.SendAsync(method, target, administrator, cancellationToken: limit.Token));
            }

            foreach (var (method, target, expected) in TurnedAwayForHomeservers(kind))
            {
                using var http = new RawHttp(
                    "127.0.0.1",
                    proxy.FederationPorts[index],
                    tlsName: fixture.Lab.Deployment.Homeservers[index].ServerName);
                Judge("federation", method, target, expected, await http.SendAsync(method, target, cancellationToken: limit.Token));
            }

            void Judge(string port, string method, string target, Answer expected, RawResponse response)
            {
                var seen = new Answer(
                    response.Status,
                    response.Worker is not null,
                    response.Body.Contains("M_UNRECOGNIZED", StringComparison.Ordinal));
                if (seen != expected)
                {
                    wrong.Add(
                        $"{key} {port} port: {method} {(target.Length > 80 ? target[..80] : target)}: to be {expected}, "
                            + $"but {seen} from {response.Worker ?? kind}: {response.Body}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Processes_built_anew_from_the_configuration_of_each_running_one_register_only_what_the_catalogue_explains()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var lab = fixture.Lab;
        var routes = await fixture.Routes.OfAsync(lab.Deployment.Homeservers, limit.Token);
        RegisteredRoutes[] main = [.. lab.Deployment.Processes.Where(process => process.IsMain).Select(process => routes[process.Id])];
        RegisteredRoutes[] workers = [.. lab.Deployment.Processes.Where(process => !process.IsMain).Select(process => routes[process.Id])];

        var differences = CatalogueReview.OfRunning(EndpointCatalogue.Load(), main, workers);
        foreach (var difference in differences.Where(difference => difference.Reason is not null))
        {
            output.WriteLine(difference.ToString());
        }

        var unexplained = differences.Where(difference => difference.Reason is null).ToArray();
        Assert.True(unexplained.Length == 0, string.Join('\n', unexplained.AsEnumerable()));
        Assert.All(main, routes => Assert.True(routes.Routes.Count > 200, $"main registers {routes.Routes.Count} routes only"));
    }

    private int IndexOf(string key) =>
        fixture.Lab.Deployment.Homeservers.Select((homeserver, index) => (homeserver.Key, index)).Single(pair => pair.Key == key).index;

    private async Task EveryEntryIsServedAsync(
        SecondProxy proxy,
        string key,
        Task<IReadOnlyDictionary<string, RegisteredRoutes>> routes, CancellationToken cancellationToken)
    {
        var lab = fixture.Lab;
        var index = IndexOf(key);
        var homeserver = lab.Deployment.Homeservers[index];
        var requests = await RealRequests.PrepareAsync(
            lab.ClientUri(key).Port,
            homeserver.ServerName,
            await AdministratorAsync(lab, key, cancellationToken),
            cancellationToken);
        using var http = new RawHttp("127.0.0.1", proxy.ClientPorts[index]);
        // Registrations and the like go the other way and before the first count, so that what is counted is what this proxy sent.
        using var aside = new RawHttp("127.0.0.1", lab.ClientUri(key).Port);
        var prepared = new List<(HttpRequestLine Request, string Body)>();
        foreach (var entry in proxy.Map.Catalogue.Entries)
        {
            foreach (var method in entry.EachMethod)
            {
                prepared.Add(await requests.OfAsync(entry, method, aside, cancellationToken));
            }
        }

        var signed = await OwnSignatures.SignAsync(lab, homeserver, prepared, cancellationToken);
        var registered = new Servlets(await routes);
        var before = await SettledAsync(lab, registered, cancellationToken);
        var wrong = new List<string>();
        var prefix = Guid.NewGuid().ToString("n");
        var sent = new Dictionary<string, (HttpRequestLine Request, RouteDecision Decision, RawResponse Response)>();
        foreach (var (request, body) in signed)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{sent.Count}");
            var response = await http.SendAsync(
                request.Method,
                request.Target,
                new Dictionary<string, string>(request.Authorization is { } authorization ? [KeyValuePair.Create("Authorization", authorization)] : []) { ["X-Request-ID"] = id, ["X-Forwarded-For"] = "192.0.2.1" },
                body,
                cancellationToken);
            var decision = proxy.Map.Decide(request with { RemoteAddress = System.Net.IPAddress.Parse("192.0.2.1") }, homeserver.Key);
            sent[id] = (request, decision, response);
            wrong.AddRange(Judge(request, decision, response, registered));
            if (request is { Method: "DELETE" } && request.Target.StartsWith("/_synapse/admin/v2/rooms/", StringComparison.Ordinal))
            {
                await DeletedAsync(lab, key, cancellationToken);
            }
        }

        var lines = await LogAsync(proxy, sent.Keys, cancellationToken);
        foreach (var (id, (request, _, response)) in sent)
        {
            var line = lines.FirstOrDefault(line => line.RequestId == id);
            if (line is null || line.Homeserver != key || line.Worker != (response.Worker ?? "") || line.Status != response.Status)
            {
                wrong.Add(
                    $"{request.Method} {request.Target}: the header says {response.Worker} and HTTP {response.Status}, "
                        + $"the log {line?.Worker} of {line?.Homeserver} and HTTP {line?.Status}");
            }
        }

        Assert.True(wrong.Count == 0, $"{key}:\n{string.Join('\n', wrong)}");
        await MetricsAgreeAsync(lab, homeserver, before, lines, registered, cancellationToken);
    }

    // The second version of the deletion of rooms goes on in the background (docs/admin_api/rooms.md), and what is asked of the room later
    // is answered as it stands then.
    private static Task DeletedAsync(RunningLab lab, string key, CancellationToken cancellationToken) => lab.Waiter.UntilAsync(
        TimeSpan.FromSeconds(60),
        "the room is deleted",
        async token =>
        {
            await using var command = lab
                .Database(key)
                .CreateCommand(
                    "SELECT count(*) FROM scheduled_tasks WHERE action LIKE '%purge_room' AND status IN ('scheduled', 'active')");
            var under = (long)(await command.ExecuteScalarAsync(token))!;
            return new Observation(under == 0, $"{under} deletions under way");
        },
        cancellationToken);

    // Never served on a public port: refused by the proxy itself in every spelling that Twisted or a person might take for them.
    private static IReadOnlyList<string> Refused =>
    [
        "/_synapse/replication/send_events/x", "/_synapse/metrics", "/_synapse/%72eplication/x", "/%5Fsynapse/metrics",
        "/_synapse//metrics", "/_matrix/../_synapse/metrics",
        "/_SYNAPSE/metrics", "/_synapse/Replication/x", "/_Synapse/METRICS", "/%5FSYNAPSE/%4Detrics", "/_synapse/metrics/",
        "/_synapse/replication/",
    ];

    private static IEnumerable<(string Method, string Target, Answer Expected)> TurnedAwayForClients(string kind)
    {
        var refused = new Answer(403, false, false);
        var unknown = new Answer(404, true, true);
        string[] unknownTargets =
        [
            "//_matrix/client/versions", "/_matrix//client/versions", "/_matrix/client/v3%2Fsync", "/_matrix/client/VERSIONS",
            "/_matrix/client/versions/", "/_matrix/client/v3/rooms/../sync",
            "/_matrix/client/v3/./sync", "/_matrix",
        ];
        foreach (var target in Refused)
        {
            yield return ("GET", target, refused);
        }

        foreach (var target in unknownTargets)
        {
            yield return ("GET", target, unknown);
        }

        // Outside of every resource of Synapse, so Twisted answers with a page of its own.
        var nowhere = new Answer(404, true, false);
        yield return ("GET", "/_matrix%2Fclient%2Fversions", nowhere);
        yield return ("GET", "/_MATRIX/client/versions", nowhere);
        // To Synapse a room's name may be anything, even nothing: the user is in no such room.
        var notInRoom = new Answer(403, true, false);
        yield return ("GET", "/_matrix/client/v3/rooms//messages", notInRoom);
        // nginx refuses what it cannot decode; HAProxy leaves that to Synapse.
        var undecodable = new Answer(400, false, false);
        yield return ("GET", "/%", kind == "nginx" ? undecodable : nowhere);
        yield return ("GET", "/_matrix/client/v3/rooms/%zz/messages", kind == "nginx" ? undecodable : notInRoom);
        yield return ("GET", $"/_matrix/client/v3/{new string('x', 20000)}", new Answer(414, false, false));
        yield return ("BREW", "/_matrix/client/versions", new Answer(405, true, true));
    }

    private static IEnumerable<(string Method, string Target, Answer Expected)> TurnedAwayForHomeservers(string kind)
    {
        // Not of federation, so nothing of it gets to Synapse. nginx knows no other refusal at this port.
        var elsewhere = new Answer(404, false, true);
        foreach (var target in Refused)
        {
            // HAProxy compares the path as it came, and says 404 to a climbing one before it looks where it leads.
            yield return ("GET", target, kind == "nginx" ? elsewhere : new Answer(403, false, false));
        }

        string[] elsewhereTargets =
        [
            "/", "/_matrix/client/versions", "/_matrix/media/v3/config", "/_MATRIX/federation/v1/version", "/_matrix/Federation/v1/version",
            "/_matrix/federation/../client/versions",
            "/_matrix/federation/%2e%2e/client/versions", "/_matrix/key/../../_synapse/admin/v1/server_version", "/_matrix/federation",
            "/_matrix/key", "/.well-known/matrix/server/",
        ];
        foreach (var target in elsewhereTargets)
        {
            yield return ("GET", target, elsewhere);
        }

        yield return ("BREW", "/_matrix/client/versions", elsewhere);

        // Of federation by its beginning: Synapse says that it has none such.
        var unknown = new Answer(404, true, true);
        foreach (var target in new[] { "/_matrix/federation/v1/version/", "/_matrix/federation//v1/version", "/_matrix/federation/v1%2Fversion", "/_matrix/federation/V1/version", "/_matrix/key/v2/SERVER" })
        {
            yield return ("GET", target, unknown);
        }

        yield return ("BREW", "/_matrix/federation/v1/version", new Answer(405, true, true));
        yield return ("GET", $"/_matrix/federation/v1/event/{new string('x', 20000)}", new Answer(414, false, false));
    }

    private static IEnumerable<string> Judge(HttpRequestLine request, RouteDecision decision, RawResponse response, Servlets registered)
    {
        var what = $"{request.Method} {request.Target}: ";
        if (decision.Pool is { } pool
            ? pool.Members.All(member => member.Id != response.Worker)
                || (decision.Instance is { } instance && instance.Id != response.Worker)
            : response.Worker is not null)
        {
            yield return $"{what}the map says {decision.Instance?.Id ?? decision.Pool?.Name ?? "nobody"}, but {response.Worker ?? "nobody"} served it (HTTP {response.Status})";
        }

        // No servlet takes what is refused, and OPTIONS is answered before one is looked for.
        var right = decision.Pool is null || request.Method == "OPTIONS" || registered.Has(request.Method, request.Path)
            ? RightAnswer.To(decision.Entry!, request.Method)
            : [RightAnswer.OfNoServlet];
        if (!right.Any(answer => answer.IsGivenBy(response, request.Method)))
        {
            yield return $"{what}to be answered with {string.Join(" or ", right)}, but {RightAnswer.Of(response)} by {response.Worker ?? "the proxy"} to {RightAnswer.NameOf(decision.Entry!, request.Method)}: {response.Body}";
        }
    }

    // The same requests by worker, method and servlet, as the proxy logged them and as each process counted them.
    private static async Task MetricsAgreeAsync(
        RunningLab lab, Homeserver homeserver, IReadOnlyDictionary<string, MetricsSnapshot> before, IReadOnlyList<ProxyLogLine> lines, Servlets registered, CancellationToken cancellationToken)
    {
        var logged = lines
            .Where(line => line.Worker.Length > 0)
            .Select(line => (line.Worker, line.Method, Servlet: registered.NameOf(line.Worker, line.Method, line.Uri.Split('?')[0])))
            .Where(request => !OtherServlets.Contains(request.Servlet))
            .CountBy(request => request)
            .ToDictionary(count => count.Key, count => (double)count.Value);
        await lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(10),
            "the processes' own counts agree with the log",
            async token =>
            {
                var after = await lab.AllMetricsAsync(token);
                var counted = homeserver.Processes
                    .SelectMany(process => Served(process.Id, after[process.Id], registered).Select(count => (count.Key, Value: count.Value - Served(process.Id, before[process.Id], registered).GetValueOrDefault(count.Key))))
                    .Where(count => count.Value != 0)
                    .ToDictionary(count => count.Key, count => count.Value);
                var differing = logged.Keys.Union(counted.Keys)
                    .Where(key => logged.GetValueOrDefault(key) != counted.GetValueOrDefault(key))
                    .Select(key =>
                        $"{key.Worker} {key.Method} {key.Servlet}: logged {logged.GetValueOrDefault(key)}, "
                            + $"counted {counted.GetValueOrDefault(key)}")
                    .ToArray();
                return new Observation(differing.Length == 0, differing.Length == 0 ? "agree" : string.Join("; ", differing));
            },
            cancellationToken);
    }

    private static Dictionary<(string Worker, string Method, string Servlet), double> Served(string process, MetricsSnapshot metrics, Servlets registered) => metrics.Samples(
        "synapse_http_server_response_count_total")
        .Select(sample => (Method: sample.Labels.GetValueOrDefault("method") ?? "", Servlet: sample.Labels.GetValueOrDefault("servlet") ?? "", sample.Value))
        // ReplicationSendEventsRestServlet, and RegisterDeviceReplicationServlet.
        .Where(sample => !sample.Servlet.Contains("Replication", StringComparison.Ordinal) && !OtherServlets.Contains(sample.Servlet))
        .GroupBy(sample => (process, sample.Method, registered.Known(sample.Servlet)))
        .ToDictionary(group => group.Key, group => group.Sum(sample => sample.Value));

    // A response is counted just after it was sent: the counts stand still once two looks see the same.
    private static async Task<IReadOnlyDictionary<string, MetricsSnapshot>> SettledAsync(
        RunningLab lab,
        Servlets registered,
        CancellationToken cancellationToken)
    {
        var last = await lab.AllMetricsAsync(cancellationToken);
        await lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(10),
            "the counts of requests stand still",
            async token =>
            {
                var now = await lab.AllMetricsAsync(token);
                var still = now.All(process =>
                    Served(process.Key, process.Value, registered)
                        .OrderBy(count => count.Key)
                        .SequenceEqual(Served(process.Key, last[process.Key], registered).OrderBy(count => count.Key)));
                last = now;
                return new Observation(still, "requests come in");
            },
            cancellationToken);
        return last;
    }

    private static async Task<IReadOnlyList<ProxyLogLine>> LogAsync(
        SecondProxy proxy,
        IReadOnlyCollection<string> ids,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<ProxyLogLine> lines = [];
        await new Waiter(TimeProvider.System).UntilAsync(
            TimeSpan.FromSeconds(10),
            "the proxy has logged every request",
            async token =>
            {
                lines = [.. (await proxy.LogAsync(token)).Where(line => ids.Contains(line.RequestId))];
                return new Observation(lines.Count == ids.Count, $"{lines.Count} of {ids.Count}");
            },
            cancellationToken);
        return lines;
    }

    private static async Task<string> AdministratorAsync(RunningLab lab, string homeserver, CancellationToken cancellationToken)
    {
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, lab.ClientUri(homeserver));
        var name = $"admin-{Guid.NewGuid():n}"[..20];
        var session = await client.RegisterWithSecretAsync(
            name,
            "secret",
            await lab.RegistrationSharedSecretAsync(homeserver, cancellationToken),
            admin: true,
            cancellationToken);
        return session.AccessToken;
    }

    /// <summary>What came back: the status, whether from a worker, and whether as M_UNRECOGNIZED.</summary>
    private sealed record Answer(int Status, bool ByWorker, bool Unrecognized);

    /// <summary>Which servlet of which process takes a request; a name is also the label of its metrics.</summary>
    private sealed class Servlets(IReadOnlyDictionary<string, RegisteredRoutes> routes)
    {
        private const string NoServlet = "(no servlet)";

        // Main's root page is also what answers OPTIONS anywhere on main, and is counted by its name then (synapse/http/server.py
        // OptionsResource).
        private readonly HashSet<string> _names =
            [
                .. routes.Values.SelectMany(process => process.Routes).Select(route => route.Servlet).Where(servlet =>
                    servlet != "RootOptionsRedirectResource"),
            ];

        private readonly Dictionary<string, (RegisteredRoute Route, ServletPattern Pattern)[]> _routes =
            routes.ToDictionary(
                pair => pair.Key,
                pair => pair.Value.Routes.Select(route => (route, new ServletPattern(route.Pattern))).ToArray());

        /// <summary>Whether any process has a servlet for it; main has none for media that workers serve.</summary>
        public bool Has(string method, string path) => _routes.Keys.Any(process => Find(process, method, path) is not null);

        /// <summary>
        /// A label of the metrics: where no servlet takes the request, Synapse counts the resource that looked for one
        /// (<c>ClientRestResource</c>, <c>OptionsResource</c>).
        /// </summary>
        public string Known(string label) => _names.Contains(label) ? label : NoServlet;

        public string NameOf(string process, string method, string path) => Known(Find(process, method, path)?.Servlet ?? NoServlet);

        // The first that matches, as JsonResource looks (synapse/http/server.py).
        private RegisteredRoute? Find(string process, string method, string path) =>
            _routes[process].FirstOrDefault(route => route.Route.Method == method && route.Pattern.Matches(path)).Route;
    }
}

/// <summary>On topology reference.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class ReferenceConformance(ReferenceLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output);

/// <summary>On topology monolith.</summary>
[Trait("Lab", "real")]
[Collection(MonolithLab.Name)]
public sealed class MonolithConformance(MonolithLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output);

/// <summary>On topology sharded.</summary>
[Trait("Lab", "real")]
[Collection(ShardedLab.Name)]
public sealed class ShardedConformance(ShardedLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output);

/// <summary>On topology federation.</summary>
[Trait("Lab", "real")]
[Collection(FederationLab.Name)]
public sealed class FederationConformance(FederationLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output)
{
    /// <summary>One with workers and one without, neither the first: that is what the other topologies have.</summary>
    protected override IReadOnlyList<string> Tried => ["hs2", "hs3"];
}

/// <summary>On topology every-role: each group of routes has a process that serves nothing else.</summary>
[Trait("Lab", "real")]
[Collection(EveryRoleLab.Name)]
public sealed class EveryRoleConformance(EveryRoleLab fixture, ITestOutputHelper output) : ProxyConformance(fixture, output);
