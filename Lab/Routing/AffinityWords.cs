using SynapseLab.Topologies;

namespace SynapseLab.Routing;

/// <summary>The words for <see cref="Affinity"/> in topologies, the catalogue, pool names and logs.</summary>
public static class AffinityWords
{
    private static readonly (string Word, Affinity Affinity)[] Words =
    [
        ("none", Affinity.None),
        ("source_ip", Affinity.SourceIp),
        ("user", Affinity.User),
        ("room", Affinity.Room),
        ("origin", Affinity.Origin),
    ];

    /// <summary>All words, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Words.Select(pair => pair.Word)];

    /// <summary>The word for an affinity: <c>source_ip</c>.</summary>
    public static string ToWord(this Affinity affinity) => Words.First(pair => pair.Affinity == affinity).Word;

    /// <summary>The affinity for a word.</summary>
    /// <returns>Null where the word is none of <see cref="All"/>.</returns>
    public static Affinity? FromWord(string word) =>
        Words.Where(pair => pair.Word == word).Select(pair => (Affinity?)pair.Affinity).FirstOrDefault();
}
