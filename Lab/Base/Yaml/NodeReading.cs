namespace SynapseLab.Yaml;

/// <summary>Looks into nodes whose shape may be wrong and was complained about: what is not there, or not as it should be,
/// is null or empty.</summary>
public static class NodeReading
{
    /// <summary>The value under a key of a mapping.</summary>
    public static YamlNode? Child(this YamlNode? node, string key) => (node as YamlMapping)?[key];

    /// <summary>The text under a key, whatever it means: <c>30</c> too.</summary>
    public static string? Text(this YamlNode? node, string key) =>
        node.Child(key) is YamlScalar { Text.Length: > 0 } scalar ? scalar.Text : null;

    /// <summary>The number under a key.</summary>
    public static double? Number(this YamlNode? node, string key) =>
        node.Child(key) is not { } child ? null : YamlValues.ToValue(child) switch
        {
            long whole => whole,
            double part => part,
            _ => null,
        };

    /// <summary>The whole number under a key.</summary>
    public static long? Whole(this YamlNode? node, string key) => node.Child(key) is { } child ? YamlValues.ToValue(child) as long? : null;

    /// <summary>Whether <c>true</c> stands under a key.</summary>
    public static bool Truth(this YamlNode? node, string key) => node.Child(key) is { } child && YamlValues.ToValue(child) is true;

    /// <summary>The entries of the mapping under a key.</summary>
    public static IReadOnlyList<YamlEntry> Entries(this YamlNode? node, string key) =>
        (node.Child(key) as YamlMapping)?.Entries ?? [];

    /// <summary>The items of the list under a key.</summary>
    public static IReadOnlyList<YamlNode> Items(this YamlNode? node, string key) =>
        (node.Child(key) as YamlList)?.Items ?? [];

    /// <summary>The names of a <see cref="Shapes.NamesShape"/>.</summary>
    public static IReadOnlyList<YamlScalar> Names(this YamlNode? node) => node switch
    {
        YamlScalar { Text.Length: > 0 } one => [one],
        YamlList list => [.. list.Items.OfType<YamlScalar>().Where(item => item.Text.Length > 0)],
        _ => [],
    };
}
