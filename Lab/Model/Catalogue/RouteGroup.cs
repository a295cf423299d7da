namespace SynapseLab.Catalogue;

/// <summary>Entries of the catalogue that belong together: a topology gives them workers and an affinity by the group's name.</summary>
/// <param name="Name">The group's name, also its file's: <c>sync</c>.</param>
/// <param name="Summary">What the requests do, a sentence or two.</param>
/// <param name="Affinity">Recommended affinity of its entries.</param>
/// <param name="Like">The group whose workers and affinity it takes where a topology says nothing about this one; null: none.</param>
/// <param name="Entries">In file order.</param>
public sealed record RouteGroup(string Name, string Summary, Affinity Affinity, string? Like, IReadOnlyList<CatalogueEntry> Entries)
{
    /// <summary>The affinities that a topology can give it: those that some of its requests can have,
    /// in the order of the enumeration.</summary>
    public IReadOnlyList<Affinity> Affinities { get; } = [.. Enum.GetValues<Affinity>().Where(affinity => Entries.Any(entry => entry.CanHave(affinity)))];

    /// <summary>Why a topology cannot give it an affinity; null where it can.</summary>
    /// <param name="affinity">None of <see cref="Affinities"/>.</param>
    /// <returns>A clause without a full stop: <c>its requests carry no access token</c>.</returns>
    public string? WhyNot(Affinity affinity) => affinity switch
    {
        _ when Affinities.Contains(affinity) => null,
        _ when Entries.Any(entry => entry.AffinityRequired) => "any other would be wrong, not only slower",
        _ when Entries.All(entry => entry.ServedBy.IsOneProcess) => "one process serves all of it",
        Affinity.User => "its requests carry no access token",
        Affinity.Room => "its paths name no room",
        Affinity.Origin => "its requests carry no signature of another homeserver",
        _ => "its requests carry nothing of the kind",
    };
}
