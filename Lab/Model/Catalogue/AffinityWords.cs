using SynapseLab.Yaml.Shapes;

namespace SynapseLab.Catalogue;

/// <summary>The words for <see cref="Affinity"/> in topologies, the catalogue, pool names and logs.</summary>
public static class AffinityWords
{
    private static readonly (Choice Choice, Affinity Affinity)[] Words =
    [
        (new("none", "Requests go round."), Affinity.None),
        (new("source_ip", "The client's address."), Affinity.SourceIp),
        (new("user", "The user in the access token; the whole token where its format is unknown."), Affinity.User),
        (new("room", "The room ID in the path, of clients and of other homeservers."), Affinity.Room),
        (new("origin", "The sending homeserver."), Affinity.Origin),
    ];

    /// <summary>Where one of them may stand in a file.</summary>
    public static ChoiceShape Shape { get; } =
        new("What decides which worker of a pool serves a request.", "affinity", [.. Words.Select(pair => pair.Choice)]);

    /// <summary>All words, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Words.Select(pair => pair.Choice.Word)];

    /// <summary>The word for an affinity: <c>source_ip</c>.</summary>
    public static string ToWord(this Affinity affinity) => Words.First(pair => pair.Affinity == affinity).Choice.Word;

    /// <summary>The affinity for a word.</summary>
    /// <returns>Null where the word is none of <see cref="All"/>.</returns>
    public static Affinity? FromWord(string word) =>
        Words.Where(pair => pair.Choice.Word == word).Select(pair => (Affinity?)pair.Affinity).FirstOrDefault();
}
