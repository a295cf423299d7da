using System.Globalization;
using SynapseLab.Evidence;
using SynapseLab.Routing;
using SynapseLab.Routing.Introspection;
using SynapseLab.Runtimes;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Proxies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>
/// The catalogue on running Synapse: a real request for each entry and method, through each kind of proxy. Who served it is read
/// from the response header, from the proxy's log and from the metrics of every process, and all three have to agree with the map.
/// </summary>
public abstract class ProxyConformance(RunningLabFixture fixture)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(240);

    // Requests that the map does not speak of: replication between processes, and the operator's looks at health.
    private static readonly string[] OtherServlets = ["HealthResource"];

    // Asserts that Postgres has statistics of every large table, which of an empty table it never has (synapse/storage/controllers/stats.py).
    private const string RoomSizes = "/_synapse/admin/v1/statistics/database/rooms";

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task A_real_request_for_every_entry_reaches_a_process_that_can_serve_it(string kind)
    {
        using var limit = new CancellationTokenSource(Deadline);
        var lab = fixture.Lab;
        var homeserver = lab.Deployment.Homeservers[0];
        var registered = await RegisteredAsync(lab, limit.Token);
        var requests = await RealRequests.PrepareAsync(lab.ClientUri().Port, homeserver.ServerName, await AdministratorAsync(lab, limit.Token), limit.Token);
        await using var proxy = await SecondProxy.StartAsync(lab, kind, limit.Token);
        using var http = new RawHttp("127.0.0.1", proxy.ClientPorts[0]);
        // Registrations and the like go the other way, so that every line in this proxy's log is one of a tried entry.
        using var aside = new RawHttp("127.0.0.1", lab.ClientUri().Port);
        var wrong = new List<string>();
        var prefix = Guid.NewGuid().ToString("n");
        var sent = new Dictionary<string, (HttpRequestLine Request, RouteDecision Decision, RawResponse Response)>();
        foreach (var entry in proxy.Map.Catalogue.Entries)
        {
            foreach (var method in entry.Methods[0] == CatalogueEntry.AnyMethod ? ["GET"] : entry.Methods)
            {
                var (request, body) = await requests.OfAsync(entry, method, aside, limit.Token);
                var id = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{sent.Count}");
                var response = await http.SendAsync(
                    request.Method,
                    request.Target,
                    new Dictionary<string, string> { ["Authorization"] = request.Authorization!, ["X-Request-ID"] = id, ["X-Forwarded-For"] = "192.0.2.1" },
                    body,
                    limit.Token);
                var decision = proxy.Map.Decide(request with { RemoteAddress = System.Net.IPAddress.Parse("192.0.2.1") }, homeserver.Key);
                sent[id] = (request, decision, response);
                wrong.AddRange(Judge(proxy.Map.Homeservers[0], request, decision, response, registered));
            }
        }

        var lines = await LogAsync(proxy, sent.Keys, limit.Token);
        foreach (var (id, (request, _, response)) in sent)
        {
            var line = lines.FirstOrDefault(line => line.RequestId == id);
            if (line is null || line.Worker != (response.Worker ?? "") || line.Status != response.Status)
            {
                wrong.Add($"{request.Method} {request.Target}: the header says {response.Worker} and HTTP {response.Status}, the log {line?.Worker} and HTTP {line?.Status}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        await MetricsAgreeAsync(lab, proxy, requests, http, limit.Token);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Malformed_and_forbidden_paths_are_turned_away_without_an_error_of_the_server(string kind)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await using var proxy = await SecondProxy.StartAsync(fixture.Lab, kind, limit.Token);
        string[] targets =
        [
            "/_synapse/replication/send_events/x", "/_synapse/metrics", "/_synapse/%72eplication/x", "/%5Fsynapse/metrics", "/_synapse//metrics", "/_matrix/../_synapse/metrics",
            "//_matrix/client/versions", "/_matrix//client/versions", "/_matrix%2Fclient%2Fversions", "/_matrix/client/v3%2Fsync", "/_MATRIX/client/versions", "/_matrix/client/VERSIONS",
            "/_matrix/client/versions/", "/_matrix/client/v3/rooms/../sync", "/_matrix/client/v3/./sync", "/_matrix/client/v3/rooms//messages", "/%", "/_matrix/client/v3/rooms/%zz/messages",
            $"/_matrix/client/v3/{new string('x', 20000)}",
        ];
        var wrong = new List<string>();
        foreach (var (method, target) in targets.Select(target => ("GET", target)).Append(("BREW", "/_matrix/client/versions")))
        {
            using var http = new RawHttp("127.0.0.1", proxy.ClientPorts[0]);
            var response = await http.SendAsync(method, target, cancellationToken: limit.Token);
            if (response.Status is < 400 or >= 500)
            {
                wrong.Add($"{method} {(target.Length > 80 ? target[..80] : target)}: HTTP {response.Status} from {response.Worker ?? kind}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task The_running_processes_register_only_what_the_catalogue_explains()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var lab = fixture.Lab;
        var main = await ReadAsync(lab, lab.Deployment.Homeservers[0].Main.Id, "main", ["--config-path", "/config/homeserver.yaml"], limit.Token);
        var workers = new List<RegisteredRoutes>();
        if (lab.Deployment.Homeservers[0].Processes.FirstOrDefault(process => !process.IsMain && process.Resources.Contains("client")) is { } worker)
        {
            workers.Add(await ReadAsync(lab, worker.Id, "generic_worker", ["--config-path", "/config/homeserver.yaml", "--config-path", $"/config/workers/{worker.Name}.yaml"], limit.Token));
        }

        var unexplained = CatalogueReview.Unexplained(EndpointCatalogue.Load(), [main], workers);
        Assert.True(unexplained.Count == 0, string.Join('\n', unexplained));
        Assert.True(main.Routes.Count > 200, $"main registers {main.Routes.Count} routes only");
    }

    private static IEnumerable<string> Judge(HomeserverRoutes homeserver, HttpRequestLine request, RouteDecision decision, RawResponse response, ServletPatterns registered)
    {
        var what = $"{request.Method} {request.Target}: ";
        if (decision.Pool is null)
        {
            if (response.Status != 403 || response.Worker is not null)
            {
                yield return $"{what}to be refused, but HTTP {response.Status} from {response.Worker}";
            }

            yield break;
        }

        if (decision.Pool.Members.All(member => member.Id != response.Worker) || (decision.Instance is { } instance && instance.Id != response.Worker))
        {
            yield return $"{what}the map says {decision.Instance?.Id ?? decision.Pool.Name}, but {response.Worker ?? "nobody"} served it (HTTP {response.Status})";
        }

        if (response.Status >= 500 && !(request.Path == RoomSizes && response.Worker == homeserver.Homeserver.Main.Id))
        {
            yield return $"{what}HTTP {response.Status} from {response.Worker}: {response.Body}";
        }

        // What this configuration registers nowhere may be unknown; what main has, the worker that was chosen has to have too.
        // Main itself answers so where a feature is registered but switched off: previews of URLs.
        if (response.Body.Contains("M_UNRECOGNIZED", StringComparison.Ordinal) && response.Worker != homeserver.Homeserver.Main.Id && registered.Has(request.Method, request.Path))
        {
            yield return $"{what}HTTP {response.Status} M_UNRECOGNIZED from {response.Worker}";
        }
    }

    // The same number of requests, counted by the proxy and by each process itself.
    private async Task MetricsAgreeAsync(RunningLab lab, SecondProxy proxy, RealRequests requests, RawHttp http, CancellationToken cancellationToken)
    {
        var before = await lab.AllMetricsAsync(cancellationToken);
        var ids = new List<string>();
        foreach (var entry in proxy.Map.Routes.SelectMany(route => route.Entries).Where(entry => entry.Methods.Contains("GET")))
        {
            var (request, _) = await requests.OfAsync(entry, "GET", http, cancellationToken);
            ids.Add(Guid.NewGuid().ToString("n"));
            await http.SendAsync("GET", request.Target, new Dictionary<string, string> { ["Authorization"] = request.Authorization!, ["X-Request-ID"] = ids[^1] }, cancellationToken: cancellationToken);
        }

        var lines = await LogAsync(proxy, ids, cancellationToken);
        await lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(10),
            "the processes' own counts agree with the log",
            async token =>
            {
                var after = await lab.AllMetricsAsync(token);
                var differing = lab.Deployment.Homeservers[0].Processes
                    .Select(process => (process.Id, Logged: lines.Count(line => line.Worker == process.Id), Counted: Served(after[process.Id]) - Served(before[process.Id])))
                    .Where(count => count.Logged != count.Counted)
                    .Select(count => $"{count.Id} logged {count.Logged}, counted {count.Counted}")
                    .ToArray();
                return new Look(differing.Length == 0, differing.Length == 0 ? "agree" : string.Join("; ", differing));
            },
            cancellationToken);
    }

    private static double Served(MetricsSnapshot metrics) => metrics.Samples("synapse_http_server_response_count_total")
        .Where(sample => sample.Labels.GetValueOrDefault("servlet") is { } servlet && !servlet.StartsWith("Replication", StringComparison.Ordinal) && !OtherServlets.Contains(servlet))
        .Sum(sample => sample.Value);

    private static async Task<IReadOnlyList<ProxyLogLine>> LogAsync(SecondProxy proxy, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        IReadOnlyList<ProxyLogLine> lines = [];
        await new Waiter(TimeProvider.System).UntilAsync(
            TimeSpan.FromSeconds(10),
            "the proxy has logged every request",
            async token =>
            {
                lines = [.. (await proxy.LogAsync(token)).Where(line => ids.Contains(line.RequestId))];
                return new Look(lines.Count == ids.Count, $"{lines.Count} of {ids.Count}");
            },
            cancellationToken);
        return lines;
    }

    private static async Task<string> AdministratorAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, lab.ClientUri());
        var name = $"admin-{Guid.NewGuid():n}"[..20];
        var session = await client.RegisterWithSecretAsync(name, "secret", await lab.RegistrationSharedSecretAsync(cancellationToken: cancellationToken), admin: true, cancellationToken);
        return session.AccessToken;
    }

    private static async Task<ServletPatterns> RegisteredAsync(RunningLab lab, CancellationToken cancellationToken) =>
        new((await ReadAsync(lab, lab.Deployment.Homeservers[0].Main.Id, "main", ["--config-path", "/config/homeserver.yaml"], cancellationToken)).Routes);

    private static async Task<RegisteredRoutes> ReadAsync(RunningLab lab, string process, string kind, string[] configuration, CancellationToken cancellationToken)
    {
        var result = await lab.Engine.ExecAsync(lab.ContainerId(process), ["python3", "-", kind, .. configuration], RegisteredRoutes.Script(), cancellationToken);
        return result.ExitCode == 0 ? RegisteredRoutes.Parse(result.Output) : throw new InvalidOperationException(result.Error);
    }

    private sealed class ServletPatterns(IReadOnlyList<RegisteredRoute> routes)
    {
        private readonly (string Method, ServletPattern Pattern)[] _routes = [.. routes.Select(route => (route.Method, new ServletPattern(route.Pattern)))];

        public bool Has(string method, string path) => _routes.Any(route => route.Method == method && route.Pattern.Matches(path));
    }
}

/// <summary>On topology reference.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class ReferenceConformance(ReferenceLab fixture) : ProxyConformance(fixture);

/// <summary>On topology monolith.</summary>
[Trait("Lab", "real")]
[Collection(MonolithLab.Name)]
public sealed class MonolithConformance(MonolithLab fixture) : ProxyConformance(fixture);

/// <summary>On topology sharded.</summary>
[Trait("Lab", "real")]
[Collection(ShardedLab.Name)]
public sealed class ShardedConformance(ShardedLab fixture) : ProxyConformance(fixture);

/// <summary>On topology federation.</summary>
[Trait("Lab", "real")]
[Collection(FederationLab.Name)]
public sealed class FederationConformance(FederationLab fixture) : ProxyConformance(fixture);
