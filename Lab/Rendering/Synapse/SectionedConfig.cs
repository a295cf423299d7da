using SynapseLab.Yaml;
using static SynapseLab.Synapse.ConfigValues;

namespace SynapseLab.Synapse;

/// <summary>A file in sections, over which a user's options are laid: where the lab has the same key the user's value stands in its place
/// and says so, the rest comes last.</summary>
/// <param name="options">The user's options.</param>
internal sealed class SectionedConfig(IReadOnlyDictionary<string, object?> options)
{
    private readonly YamlWriter _yaml = new();
    private readonly HashSet<string> _used = [];

    public void Head(params string[] lines) => _yaml.Comment(lines);

    /// <summary>A section; nothing where it has no entries.</summary>
    /// <param name="why">Its comment, or null.</param>
    /// <param name="entries">Its entries in order.</param>
    public void Section(string? why, params (string Key, object? Value)[] entries)
    {
        if (entries.Length == 0)
        {
            return;
        }

        _yaml.Blank();
        if (why is not null)
        {
            _yaml.Comment(why);
        }

        foreach (var (key, value) in entries)
        {
            if (options.TryGetValue(key, out var wanted))
            {
                _used.Add(key);
                _yaml.Comment("Changed by the topology:").Entry(key, Overlay(value, wanted));
            }
            else
            {
                _yaml.Entry(key, value);
            }
        }
    }

    /// <summary>The options that no section took.</summary>
    public void Rest(string why)
    {
        var rest = options.Where(option => !_used.Contains(option.Key)).ToArray();
        if (rest.Length == 0)
        {
            return;
        }

        _yaml.Blank().Comment(why);
        foreach (var (key, value) in rest)
        {
            _yaml.Entry(key, value);
        }
    }

    public override string ToString() => _yaml.ToString();
}
