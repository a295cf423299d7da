using SynapseLab.Catalogue;

namespace SynapseLab.Topologies;

/// <summary>The reverse proxy.</summary>
public sealed record ProxyTopology
{
    /// <summary>The key of <see cref="Affinity"/> for all groups that are not named.</summary>
    public const string DefaultAffinity = "default";

    /// <summary>Which program: <c>nginx</c> or <c>haproxy</c>.</summary>
    public string Kind { get; init; } = "nginx";

    /// <summary>Affinity by route group of the catalogue (<c>sync: user</c>), and <c>default</c> for all groups not named;
    /// where nothing is said, the catalogue's recommendation holds.</summary>
    public IReadOnlyDictionary<string, Affinity> Affinity { get; init; } = new Dictionary<string, Affinity>();
}
