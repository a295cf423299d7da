using System.Globalization;
using SynapseLab.Catalogue;
using SynapseLab.Catalogue.Introspection;
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
            foreach (var (method, target, expected) in TurnedAway.ForClients(kind))
            {
                using var http = new RawHttp("127.0.0.1", proxy.ClientPorts[index]);
                Judge(
                    "client",
                    method,
                    target,
                    expected,
                    await http.SendAsync(method, target, administrator, cancellationToken: limit.Token));
            }

            foreach (var (method, target, expected) in TurnedAway.ForHomeservers(kind))
            {
                using var http = new RawHttp(
                    "127.0.0.1",
                    proxy.FederationPorts[index],
                    tlsName: fixture.Lab.Deployment.Homeservers[index].ServerName);
                Judge("federation", method, target, expected, await http.SendAsync(method, target, cancellationToken: limit.Token));
            }

            void Judge(string port, string method, string target, TurnedAwayAnswer expected, RawResponse response)
            {
                var seen = new TurnedAwayAnswer(
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
        Task<IReadOnlyDictionary<string, RegisteredRoutes>> routes,
        CancellationToken cancellationToken)
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
        var counts = new RequestCounts(lab, registered);
        var before = await counts.SettledAsync(cancellationToken);
        var wrong = new List<string>();
        var prefix = Guid.NewGuid().ToString("n");
        var sent = new Dictionary<string, (HttpRequestLine Request, RouteDecision Decision, RawResponse Response)>();
        foreach (var (request, body) in signed)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{sent.Count}");
            var headers = new Dictionary<string, string> { ["X-Request-ID"] = id, ["X-Forwarded-For"] = "192.0.2.1" };
            if (request.Authorization is { } authorization)
            {
                headers["Authorization"] = authorization;
            }

            var response = await http.SendAsync(request.Method, request.Target, headers, body, cancellationToken);
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
        await counts.AgreeAsync(homeserver, before, lines, cancellationToken);
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

    private static IEnumerable<string> Judge(HttpRequestLine request, RouteDecision decision, RawResponse response, Servlets registered)
    {
        var what = $"{request.Method} {request.Target}: ";
        if (decision.Pool is { } pool
            ? pool.Members.All(member => member.Id != response.Worker)
                || (decision.Instance is { } instance && instance.Id != response.Worker)
            : response.Worker is not null)
        {
            yield return $"{what}the map says {decision.Instance?.Id ?? decision.Pool?.Name ?? "nobody"}, "
                + $"but {response.Worker ?? "nobody"} served it (HTTP {response.Status})";
        }

        // No servlet takes what is refused, and OPTIONS is answered before one is looked for.
        var right = decision.Pool is null || request.Method == "OPTIONS" || registered.Has(request.Method, request.Path)
            ? RightAnswer.To(decision.Entry!, request.Method)
            : [RightAnswer.OfNoServlet];
        if (!right.Any(answer => answer.IsGivenBy(response, request.Method)))
        {
            yield return $"{what}to be answered with {string.Join(" or ", right)}, "
                + $"but {RightAnswer.Of(response)} by {response.Worker ?? "the proxy"} "
                + $"to {RightAnswer.NameOf(decision.Entry!, request.Method)}: {response.Body}";
        }
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
}
