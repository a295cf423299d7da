using SynapseLab.Catalogue;

namespace SynapseLab.Routing;

/// <summary>Entries of the catalogue that every topology treats alike: one group, one kind of server,
/// the same affinities to choose from.</summary>
/// <param name="Name">Unique: the group's name where it has one route only, else with what sets it apart: <c>client_reads</c>,
/// <c>client_reads_in_room</c>.</param>
/// <param name="Group">The group's name.</param>
/// <param name="ServedBy">Who may serve it.</param>
/// <param name="Affinity">Recommended affinity.</param>
/// <param name="Resource">Resource of the listener that serves it: <c>client</c>, <c>federation</c>, <c>media</c>.</param>
/// <param name="Entries">The entries, in the catalogue's order.</param>
public sealed record Route(
    string Name,
    string Group,
    ServedBy ServedBy,
    Affinity Affinity,
    string Resource,
    IReadOnlyList<CatalogueEntry> Entries)
{
    /// <summary>All routes of a catalogue that are not main's alone, in the order of its entries.
    /// Requests that fit none go to main.</summary>
    public static IReadOnlyList<Route> Of(EndpointCatalogue catalogue) =>
    [
        .. catalogue.Entries
            .Where(entry => entry.ServedBy.Kind is not (ServerKind.Main or ServerKind.Nobody))
            .GroupBy(entry => (entry.Group, entry.ServedBy, entry.Affinity, entry.Resource, entry.Caller, entry.HasRoom))
            .Select(group => new Route(
                NameOf(catalogue.Group(group.Key.Group), group.First()),
                group.Key.Group,
                group.Key.ServedBy,
                group.Key.Affinity,
                group.Key.Resource,
                [.. group])),
    ];

    /// <summary>Whether a topology can give it an affinity: see <see cref="CatalogueEntry.CanHave"/>.</summary>
    public bool CanHave(Affinity affinity) => Entries[0].CanHave(affinity);

    private static string NameOf(RouteGroup group, CatalogueEntry entry)
    {
        var name = entry.ServedBy.Kind == ServerKind.StreamWriter && group.Entries.Any(other => other.ServedBy.Kind == ServerKind.Any)
            ? $"{group.Name}_writer"
            : group.Name;
        var served = group.Entries.Where(other => other.ServedBy == entry.ServedBy).ToArray();
        if (entry.ServedBy.Kind != ServerKind.StreamWriter
            && entry.Affinity != group.Affinity
            && served.Any(other => other.Affinity == group.Affinity))
        {
            name += $"_by_{entry.Affinity.ToWord()}";
        }

        if (served.Any(other => other.Resource != entry.Resource))
        {
            name += $"_{entry.Resource}";
        }

        // What is alike but for what the requests carry.
        var alike = served.Where(other => other.Affinity == entry.Affinity && other.Resource == entry.Resource).ToArray();
        return name
            + (entry.HasRoom && alike.Any(other => !other.HasRoom) ? "_in_room" : "")
            + (entry.Caller == group.Entries[0].Caller ? "" : entry.Caller switch { Caller.User => "_of_users", Caller.Homeserver => "_of_homeservers", _ => "_of_anybody" });
    }
}
