using SynapseLab.Topologies;

namespace SynapseLab.Routing;

/// <summary>Entries of the catalogue that belong together: a topology gives them workers and an affinity by the group's name.</summary>
/// <param name="Name">The group's name, also its file's: <c>sync</c>.</param>
/// <param name="Summary">What the requests do, a sentence or two.</param>
/// <param name="Affinity">Recommended affinity of its entries.</param>
/// <param name="Like">The group whose workers and affinity it takes where a topology says nothing about this one; null: none.</param>
/// <param name="Entries">In file order.</param>
public sealed record RouteGroup(string Name, string Summary, Affinity Affinity, string? Like, IReadOnlyList<CatalogueEntry> Entries);
