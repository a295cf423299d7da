using SynapseLab.Deployments;
using SynapseLab.Routing;
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
    [InlineData("GET", "/_matrix/client/v3/user/@a:hs1.test/account_data/m.x", "hs1_client_reader_by_user")]
    public void A_role_that_claims_a_group_gets_its_requests(string method, string target, string pool) =>
        Assert.Equal(pool, Decide(RoutedHomeservers.EveryRole(), new ProxyTopology(), method, target).Pool?.Name);

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
        Assert.Equal(Affinity.Room, Decide(RoutedHomeservers.Reference(), proxy, "GET", "/_matrix/client/v3/rooms/!a:hs1.test/messages").Affinity);
    }

    [Fact]
    public void The_affinity_of_sync_holds_for_initial_and_sliding_sync_unless_they_are_named()
    {
        var proxy = new ProxyTopology { Affinity = new Dictionary<string, Affinity> { ["sync"] = Affinity.SourceIp, ["sliding_sync"] = Affinity.None } };
        Assert.Equal(Affinity.SourceIp, Decide(RoutedHomeservers.Reference(), proxy, "GET", "/_matrix/client/v3/sync").Affinity);
        Assert.Equal(Affinity.None, Decide(RoutedHomeservers.Reference(), proxy, "POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync").Affinity);
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
        var homeserver = RoutedHomeservers.Of([("persister", "event_persister", 1)], new Dictionary<string, IReadOnlyList<string>> { ["typing"] = ["persister"] });
        var problem = Assert.Single(RouteMap.Build([homeserver], new ProxyTopology()).Homeservers[0].Problems);
        Assert.Equal("persister writes the stream 'typing', whose requests go to it, but its listener has no resource 'client'", problem.What);
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
