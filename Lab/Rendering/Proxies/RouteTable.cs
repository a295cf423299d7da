using SynapseLab.Catalogue;
using SynapseLab.Routing;

namespace SynapseLab.Proxies;

/// <summary>
/// The routes of a lab, laid out for proxies: buckets of patterns, each pattern with its route, and where the query decides
/// cases of a query in place of it. Holds only routes that leave main on at least one homeserver.
/// </summary>
internal sealed class RouteTable
{
    /// <summary>The name that stands for main in place of a route.</summary>
    public const string Main = "main";

    private RouteTable(IReadOnlyList<Route> routes, IReadOnlyList<Pattern> everywhere, IReadOnlyList<Bucket> buckets)
    {
        Routes = routes;
        Everywhere = everywhere;
        Buckets = buckets;
    }

    /// <summary>The routes, in the catalogue's order.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>Patterns that no bucket narrows down: tried for every request.</summary>
    public IReadOnlyList<Pattern> Everywhere { get; }

    /// <summary>The buckets, ordinal by their first name.</summary>
    public IReadOnlyList<Bucket> Buckets { get; }

    /// <summary>All cases of queries.</summary>
    public IEnumerable<QueryCases> Cases =>
        Buckets.SelectMany(bucket => bucket.Patterns).Select(pattern => pattern.Cases).OfType<QueryCases>();

    /// <summary>Lays out the routes of a map.</summary>
    public static RouteTable Of(RouteMap map)
    {
        var routes = map.Routes.Where(route => map.Homeservers.Any(homeserver => homeserver.PoolOf(route) != homeserver.Main)).ToArray();
        var entries = routes
            .SelectMany(route => route.Entries.Select(entry => (Entry: entry, Route: route.Name, Buckets: PathBucket.Of(entry))))
            .ToArray();
        var buckets = entries
            .SelectMany(entry => entry.Buckets.Select(bucket => (Bucket: bucket, entry.Entry, entry.Route)))
            .GroupBy(entry => entry.Bucket)
            .OrderBy(bucket => bucket.Key, StringComparer.Ordinal)
            // Buckets that hold the same are written once: /join, /invite, /leave ... of a room.
            .GroupBy(bucket => string.Join('\n', bucket.Select(entry => $"{entry.Entry.Location} {entry.Route}")))
            .Select(same => new Bucket([.. same.Select(bucket => bucket.Key)], PatternsOf(Identifier(same.First().Key), same.First().Select(entry => (entry.Entry, entry.Route)))));
        return new RouteTable(
            routes,
            PatternsOf("everywhere", entries.Where(entry => entry.Buckets.Count == 0).Select(entry => (entry.Entry, entry.Route))),
            [.. buckets]);
    }

    /// <summary>A bucket's name in letters that every configuration language takes.</summary>
    public static string Identifier(string bucket) =>
        string.Concat(bucket.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    private static IReadOnlyList<Pattern> PatternsOf(string bucket, IEnumerable<(CatalogueEntry Entry, string Route)> entries)
    {
        var patterns = new List<Pattern>();
        foreach (var same in entries.GroupBy(entry => (string.Join('|', entry.Entry.Methods), entry.Entry.Path.ToRegex())))
        {
            var conditions = same
                .Where(entry => entry.Entry.When is not null)
                .Select(entry => (entry.Entry.When!.Value, entry.Route))
                .ToArray();
            var otherwise = same.Where(entry => entry.Entry.When is null).Select(entry => entry.Route).FirstOrDefault(Main);
            var cases = conditions.Length == 0 ? null : new QueryCases($"{bucket}_{patterns.Count + 1}", conditions, otherwise);
            var methods = same.First().Entry.Methods;
            patterns.Add(
                new Pattern(methods is [CatalogueEntry.AnyMethod] ? [] : methods, same.Key.Item2, cases?.Name ?? otherwise, cases));
        }

        return patterns;
    }

    /// <summary>Patterns to try for the paths of one or more buckets.</summary>
    /// <param name="Names">The buckets: <c>rooms/join</c>, <c>rooms/leave</c>.</param>
    /// <param name="Patterns">The patterns.</param>
    internal sealed record Bucket(IReadOnlyList<string> Names, IReadOnlyList<Pattern> Patterns);

    /// <summary>One pattern.</summary>
    /// <param name="Methods">The methods; empty: any.</param>
    /// <param name="Path">Expression for the undecoded path, without anchors.</param>
    /// <param name="Target">The route, or the name of <paramref name="Cases"/>.</param>
    /// <param name="Cases">Conditions on the query; null: none.</param>
    internal sealed record Pattern(IReadOnlyList<string> Methods, string Path, string Target, QueryCases? Cases)
    {
        /// <summary>The path for an expression that is anchored and sees no query: what no query follows may hold any letter.</summary>
        public string PathWithoutQuery =>
            Path.Replace("[^/?]", "[^/]", StringComparison.Ordinal).Replace("[^?]*", ".*", StringComparison.Ordinal);

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
    internal sealed record QueryCases(string Name, IReadOnlyList<(QueryCondition Condition, string Route)> Conditions, string Otherwise);
}
