using SynapseLab.Routing;
using SynapseLab.Topologies;

namespace SynapseLab.Proxies;

/// <summary>The maps of nginx that lead from a request to its pool.</summary>
internal static class NginxRoutes
{
    private const string MainRoute = "main";

    /// <summary>The variable that holds the key of an affinity.</summary>
    public static string KeyVariable(Affinity affinity) => affinity switch
    {
        Affinity.User => "$lab_user",
        Affinity.Room => "$lab_room",
        Affinity.Origin => "$lab_origin",
        _ => "$remote_addr",
    };

    /// <summary>Writes all maps. Only routes that leave main on at least one homeserver are written.</summary>
    public static void Write(ConfigText http, RouteMap map)
    {
        WriteKeys(http, map);
        var routes = map.Routes.Where(route => map.Homeservers.Any(homeserver => homeserver.PoolOf(route) != homeserver.Main)).ToArray();
        WritePools(http, map, routes);
        if (routes.Length == 0)
        {
            return;
        }

        http.Block("map $request_method $lab_method", block => block.Line("default $request_method;").Line("HEAD GET;"))
            .Line();
        var lines = routes.SelectMany(route => route.Entries.Select(entry => (entry, route.Name))).ToArray();
        var everywhere = lines.Where(line => Shelf.Of(line.entry).Count == 0).ToArray();
        var shelves = lines.Except(everywhere)
            .SelectMany(line => Shelf.Of(line.entry).Select(shelf => (shelf, line)))
            .GroupBy(pair => pair.shelf, pair => pair.line)
            .OrderBy(shelf => shelf.Key, StringComparer.Ordinal)
            // Shelves that hold the same are written once: /join, /invite, /leave ... of a room.
            .GroupBy(shelf => string.Join('\n', shelf.Select(line => $"{line.entry.Location} {line.Name}")))
            .ToArray();

        http.Comment("Step 1: the route, of which the catalogue has a page each. Patterns that no shelf narrows down are tried first.")
            .Block("map \"$lab_method $request_uri\" $lab_route", block => block
                .Line("default $lab_route_on_shelf;")
                .Lines(everywhere.Select(line => $"\"{Expression(line.entry)}\" {line.Name};")))
            .Comment("Step 2: the shelf, so that only a few patterns are tried.")
            .Block("map $request_uri $lab_shelf", block => block.Lines(Shelf.Rules.Select(rule => $"\"~{rule.Expression}\" \"{rule.Prefix}$lab_head\";")))
            .Block("map $lab_shelf $lab_route_on_shelf", block => block
                .Line($"default {MainRoute};")
                .Lines(shelves.SelectMany(same => same.Select(shelf => $"{shelf.Key} {Variable(same.First().Key)};"))))
            .Comment("Step 3: the patterns of each shelf. Everything else is main's.");
        foreach (var same in shelves)
        {
            WriteShelf(http, same.First());
        }

        http.Line();
    }

    private static void WriteShelf(ConfigText http, IGrouping<string, (CatalogueEntry Entry, string Route)> shelf)
    {
        var variable = Variable(shelf.Key);
        var chains = new List<(string Name, IReadOnlyList<(QueryCondition Condition, string Route)> Conditions, string Otherwise)>();
        http.Block($"map \"$lab_method $request_uri\" {variable}", block =>
        {
            block.Line($"default {MainRoute};");
            foreach (var same in shelf.GroupBy(line => Expression(line.Entry)))
            {
                var conditions = same.Where(line => line.Entry.When is not null).Select(line => (line.Entry.When!.Value, line.Route)).ToArray();
                var otherwise = same.Where(line => line.Entry.When is null).Select(line => line.Route).FirstOrDefault(MainRoute);
                var value = otherwise;
                if (conditions.Length > 0)
                {
                    value = $"{variable}_{chains.Count + 1}";
                    chains.Add((value, conditions, otherwise));
                }

                block.Line($"\"{same.Key}\" {value};");
            }
        });
        foreach (var (name, conditions, otherwise) in chains)
        {
            for (var index = 0; index < conditions.Count; index++)
            {
                var (condition, route) = conditions[index];
                var next = index + 1 < conditions.Count ? $"{name}_{index + 1}" : otherwise;
                http.Block($"map $arg_{condition.Name} {(index == 0 ? name : $"{name}_{index}")}", block => block
                    .Line($"default {next};")
                    .Line($"{(condition.Value is null ? "\"\"" : condition.Value)} {route};"));
            }
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
                .Lines(routes.Where(route => homeserver.PoolOf(route) != homeserver.Main).Select(route => $"{route.Name} {homeserver.PoolOf(route).Name};")));
        }

        http.Line();
    }

    // "PUT /_matrix/client/(?:r0|v3)/rooms/[^/?]+/send/[^/?]+/[^/?]+" up to the end or the query.
    private static string Expression(CatalogueEntry entry)
    {
        var methods = entry.Methods is [var one] ? one == CatalogueEntry.AnyMethod ? "[A-Z]+" : one : $"(?:{string.Join('|', entry.Methods)})";
        return $"~^{methods} {entry.Path.ToRegex()}(?:\\?|$)";
    }

    private static string Variable(string shelf) => "$lab_on_" + string.Concat(shelf.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
}
