using SynapseLab.Catalogue;
using SynapseLab.Routing;
using Xunit;

namespace SynapseLab.Tests.Routing;

public sealed class RouteReportTests
{
    private static readonly RouteMap Map = RouteMap.Build([RoutedHomeservers.Reference()], RoutedHomeservers.ReferenceProxy());

    [Fact]
    public void The_whole_map_names_a_target_for_every_entry()
    {
        var lines = RouteReport.Lines(Map.Catalogue, Map).ToArray();
        Assert.Equal(Map.Catalogue.Entries.Count, lines.Count(line => line.Contains("-> ", StringComparison.Ordinal)));
        Snapshot.Match(string.Join('\n', lines) + "\n", "Routing/reference.routes.txt");
    }

    [Fact]
    public void The_map_as_JSON_names_pool_and_members_by_homeserver()
    {
        var typing = RouteReport.Json(Map.Catalogue, Map).Single(entry => entry!["group"]!.GetValue<string>() == "typing")!;
        Assert.Equal(
            """{"pool":"hs1_writer_typing","affinity":"none","members":["receipts_writer"]}""",
            typing["pools"]!["hs1"]!.ToJsonString());
    }

    [Fact]
    public void A_request_is_told_with_pattern_pool_key_instance_and_reason()
    {
        var request = new HttpRequestLine("GET", "/_matrix/client/v3/sync?since=s1")
        {
            Authorization = "Bearer syt_YWxpY2U_AbCdEfGhIjKlMnOpQrSt_0a1B2c",
        };
        Assert.Equal(
            [
                "GET /_matrix/client/v3/sync?since=s1",
                "  pattern   GET /_matrix/client/(r0|v3|unstable)/sync",
                "  group     sync, served by any, since Synapse 1.4",
                "  source    docs/workers.md \"Sync requests\"",
                "  pool      hs1_generic_worker_by_user: generic_worker1, generic_worker2, generic_worker3",
                "  affinity  user: YWxpY2U (user alice)",
                "  chosen    the topology says so for 'sync'",
                "  instance  generic_worker3",
                "  because   any worker may serve it, and no role claims it",
                "  note      The documentation has r0 and v3 only; unstable is registered too.",
            ],
            RouteReport.Lines(request, Map.Decide(request)));
    }

    [Fact]
    public void A_refused_request_has_neither_pool_nor_instance()
    {
        var request = new HttpRequestLine("GET", "/_synapse/metrics");
        Assert.Contains("  instance  none", RouteReport.Lines(request, Map.Decide(request)));
    }
}
