using SynapseLab.Catalogue;
using SynapseLab.Catalogue.Introspection;
using SynapseLab.Plans;
using SynapseLab.Tests.Containers;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.RealLab;

/// <summary>The catalogue against the Synapse of the image in use, whose own code builds the routes inside a container.</summary>
[Trait("Lab", "engine")]
public sealed class RegisteredRoutesTests(ITestOutputHelper output)
{
    // As configured ordinarily, with every optional feature, and with the authentication service, which takes routes away and adds others.
    private static readonly string[][] Configurations = [[], ["--everything"], ["--everything", "--delegated-auth"]];

    [Fact]
    public async Task The_catalogue_explains_every_route_that_main_and_workers_register()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var read = await ReadAsync(
            [
                .. Configurations.Select(configuration => (string[])["main", .. configuration]),
                .. Configurations.Select(configuration => (string[])["generic_worker", .. configuration]),
                ["generic_worker", "--resource", "media"],
            ],
            limit.Token);
        RegisteredRoutes[] main = [.. read.Take(Configurations.Length)];
        RegisteredRoutes[] workers = [.. read.Skip(Configurations.Length)];
        Assert.All(main, routes => Assert.True(routes.Routes.Count > 200, $"main registers {routes.Routes.Count} routes only"));

        var differences = CatalogueReview.Compare(EndpointCatalogue.Load(), main, workers);
        foreach (var difference in differences.Where(difference => difference.Reason is not null))
        {
            output.WriteLine(difference.ToString());
        }

        Assert.True(
            differences.All(difference => difference.Reason is not null),
            $"Synapse {main[0].SynapseVersion} and the catalogue differ:\n"
                + $"{string.Join('\n', differences.Where(difference => difference.Reason is null))}");
    }

    [Fact]
    public async Task The_catalogue_knows_which_routes_are_gone_where_login_is_delegated()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var read = await ReadAsync(
            [["main"], ["generic_worker"], ["main", "--delegated-auth"], ["generic_worker", "--delegated-auth"]],
            limit.Token);
        var own = Patterns(read.Take(2));
        var delegated = Patterns(read.Skip(2));

        Assert.Equal(
            EndpointCatalogue.Load().Entries
                .Where(entry => Registered(own, entry) && !Registered(delegated, entry))
                .Select(entry => entry.Location),
            EndpointCatalogue.Load().Entries.Where(entry => entry.NeedsOwnLogin).Select(entry => entry.Location));

        static IReadOnlyList<(string Method, ServletPattern Pattern)> Patterns(IEnumerable<RegisteredRoutes> processes) =>
            [.. processes.SelectMany(process => process.Routes).Select(route => (route.Method, new ServletPattern(route.Pattern)))];

        static bool Registered(IReadOnlyList<(string Method, ServletPattern Pattern)> routes, CatalogueEntry entry) =>
            entry.Path.Samples(_ => "@x1").Any(path => routes.Any(route => entry.Takes(route.Method) && route.Pattern.Matches(path)));
    }

    private static async Task<IReadOnlyList<RegisteredRoutes>> ReadAsync(
        IEnumerable<string[]> processes,
        CancellationToken cancellationToken) =>
        RegisteredRoutes.ParseList(await (await OwnContainers.OnThisMachineAsync(cancellationToken)).PrintedByAsync(
            ImageSet.Official.Synapse,
            ["python3", "-c", RegisteredRoutes.Script(), .. processes.Aggregate((all, one) => [.. all, "--and", .. one])],
            [],
            cancellationToken));
}
