using System.Globalization;
using System.Text.Json.Nodes;
using SynapseLab.Catalogue;

namespace SynapseLab.Routing;

/// <summary>The map as text and JSON: what <c>lab routes</c> prints. Pure.</summary>
public static class RouteReport
{
    /// <summary>The whole map of a lab, one line for each entry of the catalogue.</summary>
    /// <param name="catalogue">The catalogue.</param>
    /// <param name="map">The lab's map; null: only who may serve what.</param>
    public static IEnumerable<string> Lines(EndpointCatalogue catalogue, RouteMap? map)
    {
        var rows = catalogue.Groups.SelectMany(group => group.Entries.Select(entry => (Group: group, Entry: entry))).ToArray();
        foreach (var group in rows.GroupBy(row => row.Group))
        {
            yield return $"{group.Key.Name}: {group.Key.Summary}";
            yield return $"  affinity: {string.Join(", ", group.Key.Affinities.Select(affinity => affinity.ToWord()))}";
            foreach (var (_, entry) in group)
            {
                var goesTo = map is null
                    ? [$"{entry.ServedBy}, affinity {AffinityOf(entry)}"]
                    : map.Homeservers.Select(homeserver => Target(map, homeserver, entry)).Distinct().ToArray();
                yield return $"  {string.Join(',', entry.Methods),-14} {entry.Path.Text}{(entry.When is { } condition ? $" ({condition})" : "")}";
                yield return $"  {"",-14} -> {string.Join(", ", goesTo)}";
            }

            yield return "";
        }

        yield return "Everything else goes to main.";
    }

    /// <summary>The whole map as JSON: an array of entries, each with <c>pools</c> by homeserver where there is a map.</summary>
    public static JsonArray Json(EndpointCatalogue catalogue, RouteMap? map) =>
        [.. catalogue.Groups.SelectMany(group => group.Entries).Select(entry => (JsonNode)EntryJson(map, entry))];

    /// <summary>Where one request goes, and why.</summary>
    public static IEnumerable<string> Lines(HttpRequestLine request, RouteDecision decision)
    {
        yield return $"{request.Method} {request.Target}";
        if (decision.Entry is { } entry)
        {
            yield return $"  pattern   {string.Join(',', entry.Methods)} {entry.Path.Text}{(entry.When is { } condition ? $" ({condition})" : "")}";
            yield return $"  group     {entry.Group}, served by {entry.ServedBy}, since Synapse {entry.Since}";
            yield return $"  source    {entry.Source}";
        }

        yield return $"  pool      {decision.Pool?.Name ?? "none"}{(decision.Pool is { } pool ? $": {string.Join(", ", pool.Members.Select(member => member.Id))}" : "")}";
        yield return $"  affinity  {decision.Affinity.ToWord()}{(decision.Key is { } key ? $": {AffinityKey.Explain(key, decision.Affinity)}" : "")}";
        yield return $"  chosen    {decision.AffinityReason}";
        yield return $"  instance  {Instance(decision)}";
        yield return $"  because   {decision.Reason}";
        if (decision.Entry?.Note is { } note)
        {
            yield return $"  note      {note}";
        }
    }

    /// <summary>The same as JSON.</summary>
    public static JsonObject Json(HttpRequestLine request, RouteDecision decision) => new()
    {
        ["method"] = request.Method,
        ["target"] = request.Target,
        ["entry"] = decision.Entry is null ? null : EntryJson(null, decision.Entry),
        ["pool"] = decision.Pool?.Name,
        ["members"] = new JsonArray([.. (decision.Pool?.Members ?? []).Select(member => (JsonNode)member.Id)]),
        ["affinity"] = decision.Affinity.ToWord(),
        ["key"] = decision.Key,
        ["instance"] = decision.Instance?.Id,
        ["reason"] = decision.Reason,
        ["affinity_reason"] = decision.AffinityReason,
    };

    private static JsonObject EntryJson(RouteMap? map, CatalogueEntry entry)
    {
        var json = new JsonObject
        {
            ["group"] = entry.Group,
            ["methods"] = new JsonArray([.. entry.Methods.Select(method => (JsonNode)method)]),
            ["path"] = entry.Path.Text,
            ["when"] = entry.When?.ToString(),
            ["served_by"] = entry.ServedBy.ToString(),
            ["affinity"] = entry.Affinity.ToWord(),
            ["since"] = entry.Since,
            ["source"] = entry.Source,
            ["note"] = entry.Note,
        };
        if (map is not null)
        {
            json["pools"] = new JsonObject([.. map.Homeservers.Select(homeserver =>
            {
                var pool = PoolOf(map, homeserver, entry);
                return KeyValuePair.Create(homeserver.Homeserver.Key, pool is null ? null : (JsonNode?)new JsonObject
                {
                    ["pool"] = pool.Name,
                    ["affinity"] = pool.Affinity.ToWord(),
                    ["members"] = new JsonArray([.. pool.Members.Select(member => (JsonNode)member.Id)]),
                });
            })]);
        }

        return json;
    }

    private static string Target(RouteMap map, HomeserverRoutes homeserver, CatalogueEntry entry) =>
        homeserver.Lacks(entry) ? "gone, login is delegated"
            : PoolOf(map, homeserver, entry) is { } pool
            ? pool.Members.Count == 1 ? pool.Members[0].Id : string.Create(CultureInfo.InvariantCulture, $"{pool.Name} ({pool.Members.Count})")
            : "refused";

    private static Pool? PoolOf(RouteMap map, HomeserverRoutes homeserver, CatalogueEntry entry) =>
        entry.ServedBy.Kind == ServerKind.Nobody || homeserver.Lacks(entry) ? null
        : map.RouteOf(entry) is { } route ? homeserver.PoolOf(route)
        : homeserver.Main;

    private static string AffinityOf(CatalogueEntry entry) => entry.Affinity.ToWord() + (entry.AffinityRequired ? " (required)" : "");

    private static string Instance(RouteDecision decision) => decision switch
    {
        { Pool: null } => "none",
        { Instance: { } process } => process.Id,
        { Affinity: Affinity.None } => "one after the other",
        _ => "one and the same for this key, chosen by the proxy's hash",
    };
}
