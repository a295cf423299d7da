namespace SynapseLab.Synapse;

/// <summary>Values of configuration, in the forms that <see cref="Yaml.YamlWriter"/> writes.</summary>
internal static class ConfigValues
{
    public static IReadOnlyDictionary<string, object?> Map(params (string Key, object? Value)[] entries) =>
        entries.ToDictionary(entry => entry.Key, entry => entry.Value);

    public static IReadOnlyList<object?> List(params IEnumerable<object?> items) => [.. items];

    /// <summary>What the user wants laid over what the lab would write: mappings key by key, everything else as a whole.</summary>
    public static object? Overlay(object? lab, object? user)
    {
        if (lab is not IReadOnlyDictionary<string, object?> below || user is not IReadOnlyDictionary<string, object?> above)
        {
            return user;
        }

        var merged = below.ToDictionary();
        foreach (var (key, value) in above)
        {
            merged[key] = merged.TryGetValue(key, out var present) ? Overlay(present, value) : value;
        }

        return merged;
    }
}
