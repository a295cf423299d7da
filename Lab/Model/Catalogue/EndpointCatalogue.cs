using System.Reflection;

namespace SynapseLab.Catalogue;

/// <summary>
/// Which request may be served by whom: every endpoint that Synapse registers, by method. Proxy configurations, the
/// conformance tests and <c>lab routes</c> all read it. The data stands in Lab/Model/Catalogue/Groups, one file per route group.
/// </summary>
public sealed class EndpointCatalogue
{
    private const string ResourcePrefix = "catalogue/";

    private EndpointCatalogue(IReadOnlyList<RouteGroup> groups)
    {
        Groups = groups;
        // What is refused goes first, then what depends on the query string: everything else matches alone (a test sees to it).
        Entries = [.. groups.SelectMany(group => group.Entries).OrderBy(entry => entry.ServedBy.Kind == ServerKind.Nobody ? 0 : entry.When is not null ? 1 : 2)];
    }

    /// <summary>The groups, ordinal by name.</summary>
    public IReadOnlyList<RouteGroup> Groups { get; }

    /// <summary>All entries in the order in which they are tried: the first that fits decides.</summary>
    public IReadOnlyList<CatalogueEntry> Entries { get; }

    /// <summary>The names of the groups, ordinal, without reading the catalogue: topologies may name no others.</summary>
    public static IReadOnlyList<string> GroupNames { get; } =
    [
        .. typeof(EndpointCatalogue).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name[ResourcePrefix.Length..]))
            .Order(StringComparer.Ordinal),
    ];

    // It never changes, and reading it takes longer than rendering what comes of it.
    private static readonly Lazy<EndpointCatalogue> OfThisAssembly = new(ReadThisAssembly);

    /// <summary>The catalogue in this assembly, read at the first call.</summary>
    /// <exception cref="LabException">The data is not well formed: a mistake in the lab itself.</exception>
    public static EndpointCatalogue Load() => OfThisAssembly.Value;

    private static EndpointCatalogue ReadThisAssembly()
    {
        var assembly = typeof(EndpointCatalogue).Assembly;
        var (catalogue, problems) = Read(assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (name[ResourcePrefix.Length..], ReadResource(assembly, name))));
        return catalogue ?? throw new LabException(ExitCodes.Failed, problems);
    }

    /// <summary>Reads a catalogue out of files.</summary>
    /// <param name="files">Name (<c>typing.yaml</c>) and contents of each.</param>
    /// <returns>The catalogue, null where there are problems; and all problems.</returns>
    public static (EndpointCatalogue? Catalogue, IReadOnlyList<Problem> Problems) Read(IEnumerable<(string Name, string Text)> files)
    {
        var groups = new List<RouteGroup>();
        var problems = new List<Problem>();
        foreach (var (name, text) in files)
        {
            var (group, found) = CatalogueFile.Read(name, text);
            problems.AddRange(found);
            if (group is not null)
            {
                groups.Add(group);
            }
        }

        foreach (var group in groups.Where(group => group.Like is not null && groups.All(other => other.Name != group.Like)))
        {
            problems.Add(new Problem($"group '{group.Name}' is like '{group.Like}', which does not exist", $"{group.Name}.yaml:1"));
        }

        return (problems.Count == 0 ? new EndpointCatalogue([.. groups.OrderBy(group => group.Name, StringComparer.Ordinal)]) : null, problems);
    }

    /// <summary>The group of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public RouteGroup Group(string name) =>
        Groups.FirstOrDefault(group => group.Name == name) ?? throw new KeyNotFoundException($"no route group '{name}'");

    /// <summary>A group's name, then the names of those it takes after: <c>initial_sync, sync</c>.</summary>
    public IEnumerable<string> Ancestry(string group)
    {
        for (var name = group; name is not null; name = Group(name).Like)
        {
            yield return name;
        }
    }

    /// <summary>The entry that decides about a request.</summary>
    /// <param name="method">In capitals.</param>
    /// <param name="path">Undecoded, without the query.</param>
    /// <param name="query">Without the question mark; empty where there is none.</param>
    /// <returns>Null where the catalogue knows nothing: such requests go to main.</returns>
    public CatalogueEntry? Find(string method, string path, string query) =>
        Entries.FirstOrDefault(
            entry => entry.Takes(method) && entry.Path.Matches(path) && (entry.When is null || entry.When.Value.Holds(query)));

    /// <summary>
    /// Entries that claim a request which another claims already: which of them won would depend on the order of files.
    /// Costs some 100 ms, so it is not part of <see cref="Load"/>; a test keeps the lab's own catalogue free of them.
    /// </summary>
    /// <returns>One problem for each pair, naming both.</returns>
    public IEnumerable<Problem> Conflicts()
    {
        for (var later = 0; later < Entries.Count; later++)
        {
            var entry = Entries[later];
            foreach (var earlier in Entries.Take(later).Where(earlier => earlier.ServedBy.Kind != ServerKind.Nobody && earlier.When == entry.When))
            {
                var method = earlier.Methods.FirstOrDefault(entry.Takes);
                var path = method is null ? null : entry.Path.Samples().FirstOrDefault(earlier.Path.Matches);
                if (path is not null)
                {
                    yield return new Problem(
                        $"{method} {path} is claimed by {entry.Path} here and by {earlier.Path} in {earlier.Location}",
                        entry.Location,
                        "Take one of the two out, or make the patterns exclude each other");
                }
            }
        }
    }

    private static string ReadResource(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
