using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>Looks into nodes whose shape may be wrong: what is not there, or not as it should be, is null or empty.</summary>
internal static class NodeReading
{
    public static YamlNode? Child(this YamlNode? node, string key) => (node as YamlMapping)?[key];

    public static string? Text(this YamlNode? node, string key) =>
        node.Child(key) is YamlScalar { Text.Length: > 0 } scalar ? scalar.Text : null;

    public static IReadOnlyList<YamlEntry> Entries(this YamlNode? node, string key) =>
        (node.Child(key) as YamlMapping)?.Entries ?? [];

    /// <summary>The names of a <see cref="Yaml.Shapes.NamesShape"/>.</summary>
    public static IReadOnlyList<YamlScalar> Names(this YamlNode? node) => node switch
    {
        YamlScalar { Text.Length: > 0 } one => [one],
        YamlList list => [.. list.Items.OfType<YamlScalar>().Where(item => item.Text.Length > 0)],
        _ => [],
    };
}
