using SynapseLab.Routing;

namespace SynapseLab.Proxies;

/// <summary>
/// The routes of a lab, laid out for proxies: shelves of patterns, each pattern with its route, and where the query decides
/// a chain of conditions in place of it. Holds only routes that leave main on at least one homeserver.
/// </summary>
internal sealed class RouteTable
{
    /// <summary>The name that stands for main in place of a route.</summary>
    public const string Main = "main";

    private RouteTable(IReadOnlyList<Route> routes, IReadOnlyList<Line> everywhere, IReadOnlyList<ShelfOfLines> shelves)
    {
        Routes = routes;
        Everywhere = everywhere;
        Shelves = shelves;
    }

    /// <summary>The routes, in the catalogue's order.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>Lines that no shelf narrows down: tried for every request.</summary>
    public IReadOnlyList<Line> Everywhere { get; }

    /// <summary>The shelves, ordinal by their first name.</summary>
    public IReadOnlyList<ShelfOfLines> Shelves { get; }

    /// <summary>All chains of conditions.</summary>
    public IEnumerable<Chain> Chains => Shelves.SelectMany(shelf => shelf.Lines).Select(line => line.Chain).OfType<Chain>();

    /// <summary>Lays out the routes of a map.</summary>
    public static RouteTable Of(RouteMap map)
    {
        var routes = map.Routes.Where(route => map.Homeservers.Any(homeserver => homeserver.PoolOf(route) != homeserver.Main)).ToArray();
        var entries = routes.SelectMany(route => route.Entries.Select(entry => (Entry: entry, Route: route.Name, Shelves: Shelf.Of(entry)))).ToArray();
        var shelves = entries
            .SelectMany(entry => entry.Shelves.Select(shelf => (Shelf: shelf, entry.Entry, entry.Route)))
            .GroupBy(entry => entry.Shelf)
            .OrderBy(shelf => shelf.Key, StringComparer.Ordinal)
            // Shelves that hold the same are written once: /join, /invite, /leave ... of a room.
            .GroupBy(shelf => string.Join('\n', shelf.Select(entry => $"{entry.Entry.Location} {entry.Route}")))
            .Select(same => new ShelfOfLines([.. same.Select(shelf => shelf.Key)], LinesOf(Identifier(same.First().Key), same.First().Select(entry => (entry.Entry, entry.Route)))));
        return new RouteTable(
            routes,
            LinesOf("everywhere", entries.Where(entry => entry.Shelves.Count == 0).Select(entry => (entry.Entry, entry.Route))),
            [.. shelves]);
    }

    /// <summary>A shelf's name in letters that every configuration language takes.</summary>
    public static string Identifier(string shelf) => string.Concat(shelf.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    private static IReadOnlyList<Line> LinesOf(string shelf, IEnumerable<(CatalogueEntry Entry, string Route)> entries)
    {
        var lines = new List<Line>();
        foreach (var same in entries.GroupBy(entry => (string.Join('|', entry.Entry.Methods), entry.Entry.Path.ToRegex())))
        {
            var conditions = same.Where(entry => entry.Entry.When is not null).Select(entry => (entry.Entry.When!.Value, entry.Route)).ToArray();
            var otherwise = same.Where(entry => entry.Entry.When is null).Select(entry => entry.Route).FirstOrDefault(Main);
            var chain = conditions.Length == 0 ? null : new Chain($"{shelf}_{lines.Count + 1}", conditions, otherwise);
            var methods = same.First().Entry.Methods;
            lines.Add(new Line(methods is [CatalogueEntry.AnyMethod] ? [] : methods, same.Key.Item2, chain?.Name ?? otherwise, chain));
        }

        return lines;
    }

    /// <summary>Patterns to try for the paths of one or more shelves.</summary>
    /// <param name="Names">The shelves: <c>rooms/join</c>, <c>rooms/leave</c>.</param>
    /// <param name="Lines">The patterns.</param>
    internal sealed record ShelfOfLines(IReadOnlyList<string> Names, IReadOnlyList<Line> Lines);

    /// <summary>One pattern.</summary>
    /// <param name="Methods">The methods; empty: any.</param>
    /// <param name="Path">Expression for the undecoded path, without anchors.</param>
    /// <param name="Target">The route, or the name of <paramref name="Chain"/>.</param>
    /// <param name="Chain">Conditions on the query; null: none.</param>
    internal sealed record Line(IReadOnlyList<string> Methods, string Path, string Target, Chain? Chain)
    {
        /// <summary>The path for an expression that is anchored and sees no query: what no query follows may hold any letter.</summary>
        public string PathWithoutQuery => Path.Replace("[^/?]", "[^/]", StringComparison.Ordinal).Replace("[^?]*", ".*", StringComparison.Ordinal);

        /// <summary>The methods as an expression: <c>(?:GET|PUT)</c>.</summary>
        public string MethodExpression => Methods.Count switch
        {
            0 => "[A-Z]+",
            1 => Methods[0],
            _ => $"(?:{string.Join('|', Methods)})",
        };
    }

    /// <summary>Conditions on the query, the first that holds decides.</summary>
    /// <param name="Name">Unique.</param>
    /// <param name="Conditions">Each with the route that it leads to.</param>
    /// <param name="Otherwise">The route where none holds.</param>
    internal sealed record Chain(string Name, IReadOnlyList<(QueryCondition Condition, string Route)> Conditions, string Otherwise);
}
