using SynapseLab.Routing;
using SynapseLab.Topologies;

namespace SynapseLab.Proxies;

/// <summary>The maps of nginx that lead from a request to its pool.</summary>
internal static class NginxRoutes
{
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
        WritePools(http, map, table.Routes);
        if (table.Routes.Count == 0)
        {
            return;
        }

        http.Comment("Step 3: the route, of which the catalogue has a page each. Patterns that no shelf narrows down are tried first.")
            .Block("map \"$lab_method $request_uri\" $lab_route", block => block
                .Line("default $lab_route_on_shelf;")
                .Lines(table.Everywhere, line => $"\"{Expression(line)}\" {line.Target};"))
            .Block("map $request_method $lab_method", block => block.Line("default $request_method;").Line("HEAD GET;"))
            .Line()
            .Comment("Step 2: the shelf, so that only a few patterns are tried.")
            .Block("map $lab_shelf $lab_route_on_shelf", block => block
                .Line($"default {RouteTable.Main};")
                .Lines(table.Shelves.SelectMany(shelf => shelf.Names.Select(name => $"{name} {Variable(shelf)};"))))
            .Block("map $request_uri $lab_shelf", block => block
                .Lines(Shelf.Rules, rule => $"\"~{rule.Expression}\" \"{rule.Prefix}$lab_head\";"))
            .Line()
            .Comment("Step 1: the patterns of each shelf. Everything else is main's.");
        foreach (var shelf in table.Shelves)
        {
            http.Block($"map \"$lab_method $request_uri\" {Variable(shelf)}", block => block
                .Line($"default {RouteTable.Main};")
                .Lines(shelf.Lines, line => $"\"{Expression(line)}\" {(line.Chain is null ? "" : "$lab_if_")}{line.Target};"));
        }

        foreach (var chain in table.Chains)
        {
            WriteChain(http, chain);
        }

        http.Line();
    }

    private static void WriteChain(ConfigText http, RouteTable.Chain chain)
    {
        for (var index = 0; index < chain.Conditions.Count; index++)
        {
            var (condition, route) = chain.Conditions[index];
            var name = index == 0 ? chain.Name : $"{chain.Name}_{index + 1}";
            var next = index + 1 < chain.Conditions.Count ? $"$lab_if_{chain.Name}_{index + 2}" : chain.Otherwise;
            http.Block($"map $arg_{condition.Name} $lab_if_{name}", block => block
                .Line($"default {next};")
                .Line($"{condition.Value ?? "\"\""} {route};"));
        }
    }

    private static void WriteKeys(ConfigText http, RouteMap map)
    {
        var used = map.Homeservers.SelectMany(homeserver => homeserver.Pools).Where(pool => pool.Members.Count > 1).Select(pool => pool.Affinity).ToHashSet();
        if (used.Contains(Affinity.User))
        {
            http.Comment("The user: the localpart in Synapse's own tokens, else the whole token, else the address.")
                .Block("map $http_authorization $lab_token", block => block
                    .Line("default $http_authorization;")
                    .Line("\"\" $arg_access_token;")
                    .Line("\"~^Bearer (?<lab_bearer>.+)$\" $lab_bearer;"))
                .Block("map $lab_token $lab_user", block => block
                    .Line("default $lab_token;")
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
        foreach (var homeserver in map.Homeservers)
        {
            // Without workers there is no route to look up; a map needs a source all the same.
            http.Block($"map {(routes.Count == 0 ? "$request_method" : "$lab_route")} $lab_pool_{homeserver.Homeserver.Key}", block => block
                .Line($"default {homeserver.Main.Name};")
                .Lines(routes.Where(route => homeserver.PoolOf(route) != homeserver.Main), route => $"{route.Name} {homeserver.PoolOf(route).Name};"));
        }

        http.Line();
    }

    // "PUT /_matrix/client/(?:r0|v3)/rooms/[^/?]+/send/[^/?]+/[^/?]+" up to the end or the query.
    private static string Expression(RouteTable.Line line) => $"~^{line.MethodExpression} {line.Path}(?:\\?|$)";

    private static string Variable(RouteTable.ShelfOfLines shelf) => $"$lab_on_{RouteTable.Identifier(shelf.Names[0])}";
}
