using SynapseLab.Catalogue;
using SynapseLab.Catalogue.Introspection;
using Xunit;

namespace SynapseLab.Tests.Catalogue.Introspection;

public sealed class CatalogueReviewTests
{
    private const string Sync = """
        group: sync
        summary: Syncs.
        affinity: user
        entries:
          - {path: /sync, methods: [GET], served_by: any, since: '1.4', source: x}
          - {path: '/events/{id}', methods: [GET], served_by: main, since: '1.4', source: x}
        """;

    private static readonly RegisteredRoute[] Both = [new("GET", "^/sync$", "Sync"), new("GET", "^/events/(?P<id>[^/]*)$", "Event")];

    [Fact]
    public void A_catalogue_that_agrees_has_no_differences() => Assert.Empty(Compare(Sync, Both, [Both[0]]));

    [Fact]
    public void A_new_endpoint_is_named_with_its_servlet() =>
        Assert.Equal(
            ["New: POST /new: registered on main, but not in the catalogue"],
            Compare(Sync, [.. Both, new RegisteredRoute("POST", "^/new$", "New")], [Both[0]]));

    [Fact]
    public void A_new_method_of_a_known_endpoint_is_named() =>
        Assert.Equal(
            ["Sync: POST /sync: registered on workers, but not in the catalogue"],
            Compare(Sync, Both, [Both[0], new RegisteredRoute("POST", "^/sync$", "Sync")]));

    [Fact]
    public void An_endpoint_that_is_gone_is_named() =>
        Assert.Equal(["sync.yaml:6: GET /events/x1: in the catalogue, but no process registers it"], Compare(Sync, [Both[0]], [Both[0]]));

    [Fact]
    public void An_endpoint_that_moved_to_main_is_named() =>
        Assert.Equal(["sync.yaml:5: GET /sync: the catalogue sends it to workers, but none registers it"], Compare(Sync, Both, []));

    [Fact]
    public void An_endpoint_that_moved_to_workers_is_named_unless_the_entry_says_why_main_keeps_it()
    {
        Assert.Equal(
            ["sync.yaml:6: GET /events/x1: registered on workers, but the catalogue leaves it to main"],
            Compare(Sync, Both, Both));
        var withNote = Sync.Replace(
            "served_by: main, since: '1.4', source: x",
            "served_by: main, since: '1.4', source: x, note: broken there",
            StringComparison.Ordinal);
        var (catalogue, _) = EndpointCatalogue.Read([("sync.yaml", withNote)]);
        var difference = Assert.Single(CatalogueReview.Compare(catalogue!, [Of(Both)], [Of(Both)]));
        Assert.Equal("broken there", difference.Reason);
    }

    [Fact]
    public void What_is_not_the_output_of_the_script_is_refused() =>
        Assert.Throws<LabException>(() => RegisteredRoutes.Parse("Error in configuration"));

    private static IEnumerable<string> Compare(string catalogueText, RegisteredRoute[] main, RegisteredRoute[] workers)
    {
        var (catalogue, problems) = EndpointCatalogue.Read([("sync.yaml", catalogueText)]);
        Assert.Empty(problems);
        return CatalogueReview.Compare(catalogue!, [Of(main)], [Of(workers)])
            .Where(difference => difference.Reason is null)
            .Select(difference => difference.ToString());
    }

    private static RegisteredRoutes Of(RegisteredRoute[] routes) => new("1.0.0", "main", [], routes);
}
