using SynapseLab.Catalogue;
using SynapseLab.Plans;
using SynapseLab.Routing;

namespace SynapseLab.Proxies;

/// <summary>The maps of nginx that lead from a request to its pool.</summary>
internal static class NginxRoutes
{
    // Each comparison is paid by the pools behind it, too; these take most requests.
    private const int PoolsWrittenDown = 3;

    /// <summary>The variable that holds the key of an affinity.</summary>
    public static string KeyVariable(Affinity affinity) => affinity switch
    {
        Affinity.User => "$lab_user",
        Affinity.Room => "$lab_room",
        Affinity.Origin => "$lab_origin",
        _ => "$remote_addr",
    };

    /// <summary>Writes all maps.</summary>
    public static void Write(ConfigText http, RouteMap map)
    {
        WriteKeys(http, map);
        var table = RouteTable.Of(map);
        if (table.Routes.Count == 0)
        {
            return;
        }

        var targets = Targets(map, table);

        if (map.Homeservers.Count > 1)
        {
            WritePools(http, map, table.Routes);
        }

        http.Comment(map.Homeservers.Count > 1
                ? "Step 3: the route, of which the catalogue has a page each. The shelf leaves only a few patterns to try."
                : "Step 3: the pool. The shelf leaves only a few patterns to try.")
            .Block($"map $lab_area/$lab_head {(map.Homeservers.Count > 1 ? "$lab_route" : PoolVariable(map.Homeservers[0].Homeserver))}", block => block
                .Line("default $lab_on_no_shelf;")
                .Lines(table.Buckets.SelectMany(bucket => bucket.Names.Select(name => $"{name} {Variable(bucket)};"))))
            .Line()
            .Comment("Step 2: the patterns of each shelf, and those that no shelf narrows down. No two fit the same request; what fits none is main's.")
            .Block("map $request_method $lab_on_no_shelf", block => block
                .Line($"default {(table.Everywhere.Any(line => line.Methods.Count == 0) ? "$lab_everywhere" : targets[RouteTable.Main])};")
                .Lines(table.Everywhere.SelectMany(MethodsOf).Distinct(), method => $"{method} $lab_everywhere;"))
            .Block("map \"$request_method $request_uri\" $lab_everywhere", block => block
                .Line($"default {targets[RouteTable.Main]};")
                .Lines(table.Everywhere, line => $"\"~^{Methods(line)} {line.Path}(?:\\?|$)\" {targets[line.Target]};"));
        foreach (var bucket in table.Buckets)
        {
            http.Block($"map \"$request_method $lab_path\" {Variable(bucket)}", block => block
                .Line("default $lab_on_no_shelf;")
                .Lines(bucket.Patterns, line => $"\"{Expression(line)}\" {(OneTarget(line, targets) ?? $"$lab_if_{line.Target}")};"));
        }

        foreach (var line in table.Buckets.SelectMany(bucket => bucket.Patterns).Where(line => OneTarget(line, targets) is null))
        {
            WriteCases(http, line.Cases!, targets);
        }

        http.Line();
    }

    /// <summary>
    /// In a location: passes a request to its pool. nginx parses and looks up a name that it finds in a variable anew for each request,
    /// which costs more than some comparisons; so the pools of most routes are written down, too.
    /// </summary>
    /// <param name="location">The location's block.</param>
    /// <param name="map">The lab's map.</param>
    /// <param name="homeserver">Whose pools.</param>
    public static void WritePass(ConfigText location, RouteMap map, HomeserverRoutes homeserver)
    {
        if (homeserver.Pools.Count == 1)
        {
            location.Line($"proxy_pass http://{homeserver.Main.Name};");
            return;
        }

        var pool = PoolVariable(homeserver.Homeserver);
        location
            .Lines(
                map.Routes
                    .CountBy(homeserver.PoolOf)
                    .OrderByDescending(routes => routes.Value)
                    .ThenBy(routes => routes.Key.Name, StringComparer.Ordinal)
                    .Take(PoolsWrittenDown),
                routes => $"if ({pool} = {routes.Key.Name}) {{ proxy_pass http://{routes.Key.Name}; break; }}")
            .Line($"proxy_pass http://{pool};");
    }

    private static string PoolVariable(Homeserver homeserver) => $"$lab_pool_{homeserver.Key}";

    /// <summary>What a pattern leads to, by route: with one homeserver the pool at once, which saves a map; with more the route,
    /// of which each has a pool of its own.</summary>
    private static Dictionary<string, string> Targets(RouteMap map, RouteTable table) => map.Homeservers is [var only]
        ? table.Routes.ToDictionary(route => route.Name, route => only.PoolOf(route).Name).Append(new(RouteTable.Main, only.Main.Name)).ToDictionary()
        : table.Routes.Select(route => route.Name).Append(RouteTable.Main).ToDictionary(name => name);

    /// <summary>Where a pattern leads whatever the query is; null: that depends on the query.</summary>
    private static string? OneTarget(RouteTable.Pattern line, Dictionary<string, string> targets)
    {
        var all = line.Cases is null
            ? [line.Target]
            : line.Cases.Conditions.Select(condition => condition.Route).Append(line.Cases.Otherwise);
        return all.Select(route => targets[route]).Distinct().ToArray() is [var one] ? one : null;
    }

    private static void WriteCases(ConfigText http, RouteTable.QueryCases cases, Dictionary<string, string> targets)
    {
        for (var index = 0; index < cases.Conditions.Count; index++)
        {
            var (condition, route) = cases.Conditions[index];
            var name = index == 0 ? cases.Name : $"{cases.Name}_{index + 1}";
            var next = index + 1 < cases.Conditions.Count ? $"$lab_if_{cases.Name}_{index + 2}" : targets[cases.Otherwise];
            http.Block($"map $arg_{condition.Name} $lab_if_{name}", block => block
                .Line($"default {next};")
                .Line($"{condition.Value ?? "\"\""} {targets[route]};"));
        }
    }

    private static void WriteKeys(ConfigText http, RouteMap map)
    {
        var used = map.Homeservers
            .SelectMany(homeserver => homeserver.Pools)
            .Where(pool => pool.Members.Count > 1)
            .Select(pool => pool.Affinity)
            .ToHashSet();
        if (used.Contains(Affinity.User))
        {
            http.Comment("The user: the localpart in Synapse's own tokens, else the whole token, else the address.")
                .Block("map $http_authorization $lab_user", block => block
                    .Line("default $http_authorization;")
                    .Line("\"\" $lab_user_in_query;")
                    .Line($"\"~^(?:Bearer )?{AffinityKey.LocalpartPattern[1..]}\" $lab_localpart;")
                    .Line("\"~^Bearer (?<lab_bearer>.+)$\" $lab_bearer;"))
                .Block("map $arg_access_token $lab_user_in_query", block => block
                    .Line("default $arg_access_token;")
                    .Line("\"\" $remote_addr;")
                    .Line($"\"~{AffinityKey.LocalpartPattern}\" $lab_localpart;"));
        }

        if (used.Contains(Affinity.Room))
        {
            http.Comment("The room: of the decoded path, so that %21 and ! are the same room; version 12 IDs have no domain.")
                .Block("map $uri $lab_room", block => block
                    .Line("default $remote_addr;")
                    .Line($"\"~{AffinityKey.RoomPattern}\" $lab_room_id;"));
        }

        if (used.Contains(Affinity.Origin))
        {
            http.Comment("The sending homeserver: Authorization: X-Matrix origin=\"hs2.test\",destination=...")
                .Block("map $http_authorization $lab_origin", block => block
                    .Line("default $remote_addr;")
                    .Line($"'~{AffinityKey.OriginPattern}' $lab_origin_name;"));
        }

        http.Line();
    }

    private static void WritePools(ConfigText http, RouteMap map, IReadOnlyList<Route> routes)
    {
        http.Comment("Step 4: the pool that has the route on each homeserver.");
        foreach (var homeserver in map.Homeservers.Where(homeserver => homeserver.Pools.Count > 1))
        {
            http.Block($"map $lab_route {PoolVariable(homeserver.Homeserver)}", block => block
                .Line($"default {homeserver.Main.Name};")
                .Lines(routes.Where(route => homeserver.PoolOf(route) != homeserver.Main), route => $"{route.Name} {homeserver.PoolOf(route).Name};"));
        }

        http.Line();
    }

    /// <summary>
    /// Step 1, in a server: the bucket. An <c>if</c> looks at the path where it lies,
    /// while a map copies and hashes what it is asked about first. It has nothing to do but to leave the names of its expression behind;
    /// those are empty where it does not fit.
    /// </summary>
    /// <param name="server">The server's block.</param>
    /// <param name="homeserver">Whose server.</param>
    public static void WriteShelf(ConfigText server, HomeserverRoutes homeserver)
    {
        if (homeserver.Pools.Count == 1)
        {
            return;
        }

        server.Comment(
            "Step 1: the shelf of the undecoded path, $lab_area/$lab_head. /_matrix/client/v3/rooms/!a:b/send/m.x/1 is on client/send.")
            .Line($"if ($request_uri ~ \"{PathBucket.Expression}\") {{ }}");
    }

    // "PUT /_matrix/client/(?:r0|v3)/rooms/[^/]+/send/[^/]+/[^/]+": $lab_path has no query.
    private static string Expression(RouteTable.Pattern line) => $"~^{Methods(line)} {line.PathWithoutQuery}$";

    // HEAD goes where GET goes.
    private static IEnumerable<string> MethodsOf(RouteTable.Pattern line) =>
        line.Methods.SelectMany(method => method == "GET" ? ["GET", "HEAD"] : new[] { method });

    private static string Methods(RouteTable.Pattern line) => MethodsOf(line).ToArray() switch
    {
        [] => line.MethodExpression,
        [var one] => one,
        var several => $"(?:{string.Join('|', several)})",
    };

    private static string Variable(RouteTable.Bucket bucket) => $"$lab_on_{RouteTable.Identifier(bucket.Names[0])}";
}
