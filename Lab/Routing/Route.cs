using SynapseLab.Topologies;

namespace SynapseLab.Routing;

/// <summary>Entries of the catalogue that every topology treats alike: one group, one kind of server, one affinity.</summary>
/// <param name="Name">Unique: the group's name where it has one route only, else with what sets it apart: <c>presence</c>, <c>presence_writer</c>.</param>
/// <param name="Group">The group's name.</param>
/// <param name="ServedBy">Who may serve it.</param>
/// <param name="Affinity">Recommended affinity.</param>
/// <param name="AffinityRequired">Whether a topology may not change it.</param>
/// <param name="Resource">Resource of the listener that serves it: <c>client</c>, <c>federation</c>, <c>media</c>.</param>
/// <param name="Entries">The entries, in the catalogue's order.</param>
public sealed record Route(
    string Name,
    string Group,
    ServedBy ServedBy,
    Affinity Affinity,
    bool AffinityRequired,
    string Resource,
    IReadOnlyList<CatalogueEntry> Entries)
{
    /// <summary>All routes of a catalogue that are not main's alone, in the order of its entries. Requests that fit none go to main.</summary>
    public static IReadOnlyList<Route> Of(EndpointCatalogue catalogue) =>
    [
        .. catalogue.Entries
            .Where(entry => entry.ServedBy.Kind is not (ServerKind.Main or ServerKind.Nobody))
            .GroupBy(entry => (entry.Group, entry.ServedBy, entry.Affinity, entry.Resource))
            .Select(group => new Route(
                NameOf(catalogue.Group(group.Key.Group), group.First()),
                group.Key.Group,
                group.Key.ServedBy,
                group.Key.Affinity,
                group.First().AffinityRequired,
                group.Key.Resource,
                [.. group])),
    ];

    private static string NameOf(RouteGroup group, CatalogueEntry entry)
    {
        var name = entry.ServedBy.Kind == ServerKind.StreamWriter && group.Entries.Any(other => other.ServedBy.Kind == ServerKind.Any)
            ? $"{group.Name}_writer"
            : group.Name;
        if (entry.ServedBy.Kind != ServerKind.StreamWriter && entry.Affinity != group.Affinity && group.Entries.Any(other => other.ServedBy == entry.ServedBy && other.Affinity == group.Affinity))
        {
            name += $"_by_{entry.Affinity.ToWord()}";
        }

        return group.Entries.Any(other => other.ServedBy == entry.ServedBy && other.Resource != entry.Resource) ? $"{name}_{entry.Resource}" : name;
    }
}
