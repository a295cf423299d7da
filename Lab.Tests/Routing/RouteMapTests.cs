using SynapseLab.Catalogue;
using SynapseLab.Plans;
using SynapseLab.Routing;
using SynapseLab.Scenarios.Statistics;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Routing;

public sealed class RouteMapTests
{
    private const string Alice = "Bearer syt_YWxpY2U_AbCdEfGhIjKlMnOpQrSt_0a1B2c";

    [Theory]
    [InlineData("GET", "/_matrix/client/v3/sync?since=s1", "hs1_generic_worker_by_user")]
    [InlineData("HEAD", "/_matrix/client/v3/sync?since=s1", "hs1_generic_worker_by_user")]
    [InlineData("GET", "/_matrix/client/v3/sync", "hs1_generic_worker_by_user")]
    [InlineData("POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync", "hs1_generic_worker_by_user")]
    [InlineData("PUT", "/_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message/1", "hs1_generic_worker_by_source_ip")]
    [InlineData("GET", "/_matrix/client/v3/rooms/!a:hs1.test/messages", "hs1_generic_worker_by_room")]
    [InlineData("PUT", "/_matrix/federation/v1/send/1", "hs1_generic_worker_by_source_ip")]
    [InlineData("PUT", "/_matrix/client/v3/rooms/!a:hs1.test/typing/@a:hs1.test", "hs1_writer_typing")]
    [InlineData("POST", "/_matrix/client/v3/rooms/!a:hs1.test/receipt/m.read/$e", "hs1_writer_receipts")]
    [InlineData("PUT", "/_matrix/client/v3/sendToDevice/m.x/1", "hs1_main")]
    [InlineData("PUT", "/_matrix/client/v3/presence/@a:hs1.test/status", "hs1_main")]
    [InlineData("GET", "/_matrix/client/v3/presence/@a:hs1.test/status", "hs1_main")]
    [InlineData("GET", "/_matrix/client/v3/pushrules/", "hs1_main")]
    [InlineData("GET", "/_matrix/client/v3/user/@a:hs1.test/rooms/!a:hs1.test/tags", "hs1_main")]
    [InlineData("PUT", "/_matrix/client/v3/devices/D", "hs1_generic_worker_by_user")]
    [InlineData("POST", "/_matrix/client/v3/keys/query", "hs1_generic_worker_by_user")]
    [InlineData("POST", "/_synapse/admin/v1/register", "hs1_main")]
    [InlineData("PUT", "/_synapse/admin/v2/users/@a:hs1.test", "hs1_main")]
    [InlineData("GET", "/_synapse/admin/v2/users/@a:hs1.test", "hs1_generic_worker_by_source_ip")]
    [InlineData("POST", "/_matrix/media/v3/upload", "hs1_main")]
    [InlineData("GET", "/_matrix/client/v3/login/sso/redirect/x", "hs1_main")]
    [InlineData("GET", "/nothing/that/anybody/knows", "hs1_main")]
    [InlineData("PATCH", "/_matrix/client/v3/sync", "hs1_main")]
    public void In_the_reference_a_request_goes_to_the_pool_that_its_entry_names(string method, string target, string pool) =>
        Assert.Equal(pool, Decide(RoutedHomeservers.Reference(), RoutedHomeservers.ReferenceProxy(), method, target).Pool?.Name);

    [Theory]
    [InlineData("GET", "/_matrix/client/v3/sync?since=s1", "hs1_synchrotron_by_user")]
    [InlineData("GET", "/_matrix/client/v3/sync?timeout=0", "hs1_initial_synchrotron_by_user")]
    [InlineData("GET", "/_matrix/client/v3/sync?since=", "hs1_initial_synchrotron_by_user")]
    [InlineData("GET", "/_matrix/client/v3/sync?since=s1&full_state=true", "hs1_initial_synchrotron_by_user")]
    [InlineData("GET", "/_matrix/client/v3/sync?since=s1&full_state=false", "hs1_synchrotron_by_user")]
    [InlineData("GET", "/_matrix/client/v3/events?from=s1", "hs1_synchrotron_by_user")]
    [InlineData("GET", "/_matrix/client/v3/events", "hs1_initial_synchrotron_by_user")]
    [InlineData("GET", "/_matrix/client/r0/initialSync", "hs1_initial_synchrotron_by_user")]
    [InlineData("GET", "/_matrix/client/r0/rooms/!a:hs1.test/initialSync", "hs1_initial_synchrotron_by_user")]
    [InlineData("PUT", "/_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message/1", "hs1_event_creator_by_room")]
    [InlineData("GET", "/_matrix/client/v3/rooms/!a:hs1.test/messages", "hs1_room_worker_by_room")]
    [InlineData("PUT", "/_matrix/federation/v1/send/1", "hs1_federation_inbound_by_origin")]
    [InlineData("GET", "/_matrix/federation/v1/event/$e", "hs1_federation_reader")]
    [InlineData("POST", "/_matrix/client/v3/login", "hs1_login")]
    [InlineData("GET", "/_matrix/media/v3/config", "hs1_media_repository")]
    [InlineData("GET", "/_matrix/federation/v1/media/download/x", "hs1_media_repository")]
    [InlineData("POST", "/_synapse/admin/v1/quarantine_media/!a:hs1.test", "hs1_writer_quarantined_media_changes")]
    [InlineData("POST", "/_matrix/client/v3/keys/upload", "hs1_writer_device_lists_by_user")]
    [InlineData("PUT", "/_matrix/client/v3/user/@a:hs1.test/account_data/m.x", "hs1_writer_account_data")]
    [InlineData("GET", "/_matrix/client/v3/user/@a:hs1.test/account_data/m.x", "hs1_writer_account_data")]
    [InlineData("GET", "/_matrix/client/v3/user/@a:hs1.test/rooms/!a:hs1.test/tags", "hs1_writer_account_data")]
    [InlineData("GET", "/_matrix/client/v3/pushrules/", "hs1_writer_push_rules")]
    [InlineData("GET", "/_matrix/client/v3/devices/D", "hs1_writer_device_lists_by_user")]
    [InlineData("POST", "/_matrix/client/v3/keys/query", "hs1_writer_device_lists_by_user")]
    [InlineData("GET", "/_matrix/client/unstable/io.element.msc4306/rooms/!a:hs1.test/thread/$e/subscription", "hs1_writer_thread_subscriptions_by_user")]
    public void A_role_that_claims_a_group_gets_its_requests(string method, string target, string pool) =>
        Assert.Equal(pool, Decide(RoutedHomeservers.EveryRole(), new ProxyTopology(), method, target).Pool?.Name);

    [Theory]
    [InlineData("POST", "/_matrix/client/v3/login")]
    [InlineData("POST", "/_matrix/client/v3/account/deactivate")]
    [InlineData("GET", "/_synapse/admin/v1/register")]
    public void Where_login_is_delegated_no_process_is_named_for_what_is_gone(string method, string target)
    {
        var topology = Topologies.TopologyText.Read("""
            homeservers:
              hs1.test:
                main: {}
                workers: {generic_worker: {role: generic_worker, count: 2}}
                options: {matrix_authentication_service: {enabled: true, endpoint: 'http://mas.test/', secret: abc}}
            """);

        var decision = RouteMap.Build(topology).Decide(new HttpRequestLine(method, target));

        Assert.Equal((null, null), (decision.Pool, decision.Instance));
        Assert.StartsWith("hs1.test delegates login", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Single_sign_on_goes_to_one_process_of_those_that_serve_login()
    {
        var decision = Decide(RoutedHomeservers.EveryRole(), new ProxyTopology(), "GET", "/_synapse/client/pick_idp");
        Assert.Equal("login1", decision.Instance?.Name);
    }

    [Fact]
    public void A_homeserver_without_workers_serves_everything_by_main()
    {
        var map = RouteMap.Build([RoutedHomeservers.Monolith()], new ProxyTopology());
        Assert.All(map.Routes, route => Assert.Equal("hs1_main", map.Homeservers[0].PoolOf(route).Name));
    }

    [Theory]
    [InlineData("/_synapse/replication/send_events/x")]
    [InlineData("/_synapse/metrics")]
    public void Replication_and_metrics_are_refused(string target) =>
        Assert.Null(Decide(RoutedHomeservers.Reference(), new ProxyTopology(), "GET", target).Pool);

    [Fact]
    public void A_topology_cannot_give_pagination_another_affinity_than_the_room()
    {
        var proxy = new ProxyTopology { Affinity = new Dictionary<string, Affinity> { ["pagination"] = Affinity.None } };
        Assert.Equal(
            Affinity.Room,
            Decide(RoutedHomeservers.Reference(), proxy, "GET", "/_matrix/client/v3/rooms/!a:hs1.test/messages").Affinity);
    }

    [Fact]
    public void The_affinity_of_sync_holds_for_initial_and_sliding_sync_unless_they_are_named()
    {
        var proxy = new ProxyTopology
        {
            Affinity = new Dictionary<string, Affinity> { ["sync"] = Affinity.SourceIp, ["sliding_sync"] = Affinity.None },
        };
        Assert.Equal(Affinity.SourceIp, Decide(RoutedHomeservers.Reference(), proxy, "GET", "/_matrix/client/v3/sync").Affinity);
        Assert.Equal(
            Affinity.None,
            Decide(RoutedHomeservers.Reference(), proxy, "POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync").Affinity);
    }

    [Theory]
    [InlineData("default", Affinity.Room, "PUT", "/_matrix/client/v3/rooms/!a:hs1.test/send/m.x/1", Affinity.Room, "the topology says so for 'default'")]
    [InlineData("default", Affinity.Room, "GET", "/_matrix/federation/v1/state/!a:hs1.test", Affinity.Room, "the topology says so for 'default'")]
    [InlineData("default", Affinity.Room, "GET", "/_matrix/federation/v1/event/$e", Affinity.None, "recommended; these requests cannot have 'default: room'")]
    [InlineData("default", Affinity.Room, "GET", "/_matrix/client/v3/sync", Affinity.User, "recommended; these requests cannot have 'default: room'")]
    [InlineData("default", Affinity.Room, "POST", "/_matrix/client/v3/createRoom", Affinity.None, "recommended; these requests cannot have 'default: room'")]
    [InlineData("default", Affinity.User, "PUT", "/_matrix/federation/v1/send/1", Affinity.Origin, "recommended; these requests cannot have 'default: user'")]
    [InlineData("default", Affinity.Origin, "GET", "/_matrix/federation/v1/version", Affinity.None, "recommended; these requests cannot have 'default: origin'")]
    [InlineData("default", Affinity.None, "POST", "/_matrix/client/v3/keys/query", Affinity.User, "recommended; these requests cannot have 'default: none'")]
    [InlineData("client_reads", Affinity.Room, "GET", "/_matrix/client/v3/rooms/!a:hs1.test/members", Affinity.Room, "the topology says so for 'client_reads'")]
    [InlineData("client_reads", Affinity.Room, "GET", "/_matrix/client/versions", Affinity.None, "recommended; these requests cannot have 'client_reads: room'")]
    [InlineData("client_reads", Affinity.Room, "PUT", "/_matrix/client/v3/room_keys/keys/!a:hs1.test", Affinity.Room, "the topology says so for 'client_reads'")]
    [InlineData("sync", Affinity.SourceIp, "GET", "/_matrix/client/v3/sync?since=s1", Affinity.SourceIp, "the topology says so for 'sync'")]
    [InlineData("nothing", Affinity.None, "GET", "/_matrix/client/v3/sync?since=s1", Affinity.User, "recommended")]
    [InlineData("default", Affinity.User, "PUT", "/_matrix/client/v3/rooms/!a:hs1.test/typing/@a:hs1.test", Affinity.None, "one process serves it")]
    public void A_request_has_the_affinity_that_the_topology_says_if_it_carries_the_key_and_else_the_recommended_one_and_the_reason_is_told(
        string word, Affinity said, string method, string target, Affinity expected, string reason)
    {
        var proxy = new ProxyTopology { Affinity = new Dictionary<string, Affinity> { [word] = said } };
        var decision = Decide(RoutedHomeservers.Reference(), proxy, method, target);
        Assert.Equal((expected, reason), (decision.Affinity, decision.AffinityReason));
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public void The_shares_of_a_ring_are_those_of_many_keys(string kind)
    {
        const int Keys = 20_000;
        var map = RouteMap.Build([RoutedHomeservers.Reference()], new ProxyTopology { Kind = kind });
        var pool = map.Homeservers[0].Pools.Single(pool => pool.Name == "hs1_generic_worker_by_user");
        var random = new Random(1);
        var counts = Enumerable.Range(0, Keys)
            .Select(_ =>
                map.Decide(
                    new HttpRequestLine("GET", "/_matrix/client/v3/sync?since=s1")
                    {
                        Authorization = $"Bearer {Convert.ToHexString(BitConverter.GetBytes(random.NextInt64()))}",
                    }).Instance!)
            .CountBy(process => process)
            .ToDictionary();

        var shares = map.Shares(pool);

        Assert.Equal(1, shares.Sum(), 6);
        var test = ChiSquare.Of([.. pool.Members.Select(member => counts[member])], [.. shares.Select(share => share * Keys)]);
        Assert.True(test.IsPlausible, $"{string.Join(" + ", shares)}: {test}");
    }

    [Fact]
    public void A_decision_tells_key_instance_and_reason()
    {
        var decision = Decide(RoutedHomeservers.Reference(), RoutedHomeservers.ReferenceProxy(), "GET", "/_matrix/client/v3/sync?since=s1");
        Assert.Equal("YWxpY2U", decision.Key);
        Assert.StartsWith("generic_worker", decision.Instance?.Name, StringComparison.Ordinal);
        Assert.Equal("any worker may serve it, and no role claims it", decision.Reason);
    }

    [Fact]
    public void Without_affinity_the_instance_is_not_foretold() =>
        Assert.Null(Decide(RoutedHomeservers.Reference(), new ProxyTopology(), "GET", "/_matrix/client/versions").Instance);

    [Fact]
    public void A_writer_whose_listener_takes_no_client_requests_is_a_problem()
    {
        var homeserver = RoutedHomeservers.Of(
            [("persister", "event_persister", 1)],
            new Dictionary<string, IReadOnlyList<string>> { ["typing"] = ["persister"] });
        var problem = Assert.Single(RouteMap.Build([homeserver], new ProxyTopology()).Homeservers[0].Problems);
        Assert.Equal(
            "persister writes the stream 'typing', whose requests go to it, but its listener has no resource 'client'",
            problem.What);
    }

    [Fact]
    public void An_unknown_homeserver_is_wrong_use()
    {
        var map = RouteMap.Build([RoutedHomeservers.Reference()], new ProxyTopology());
        var error = Assert.Throws<LabException>(() => map.Decide(new HttpRequestLine("GET", "/"), "hs9"));
        Assert.Equal("there is no homeserver 'hs9'. There are hs1.test", error.Message);
    }

    private static RouteDecision Decide(Homeserver homeserver, ProxyTopology proxy, string method, string target) =>
        RouteMap.Build([homeserver], proxy).Decide(new HttpRequestLine(method, target) { Authorization = Alice });
}
