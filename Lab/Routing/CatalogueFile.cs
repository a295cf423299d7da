using SynapseLab.Topologies;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SynapseLab.Routing;

/// <summary>Reads one file of the catalogue. The format is described in docs/routing.md.</summary>
internal sealed class CatalogueFile
{
    private static readonly string[] GroupKeys = ["group", "summary", "caller", "affinity", "affinity_required", "like", "entries"];
    private static readonly string[] EntryKeys = ["path", "methods", "when", "served_by", "needs", "needs_own_login", "caller", "affinity", "since", "source", "note"];
    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", CatalogueEntry.AnyMethod];

    private readonly string _name;
    private readonly List<Problem> _problems = [];

    private CatalogueFile(string name) => _name = name;

    /// <summary>Reads a file.</summary>
    /// <param name="name">The file's name: <c>typing.yaml</c>.</param>
    /// <param name="text">Its contents.</param>
    /// <returns>The group, null where there are problems; and all problems with their lines.</returns>
    public static (RouteGroup? Group, IReadOnlyList<Problem> Problems) Read(string name, string text)
    {
        var file = new CatalogueFile(name);
        RouteGroup? group = null;
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root)
            {
                group = file.ReadGroup(root);
            }
            else
            {
                file._problems.Add(new Problem("a catalogue file is one mapping with the keys group, summary, affinity and entries", $"{name}:1"));
            }
        }
        catch (YamlException e)
        {
            file._problems.Add(new Problem($"not YAML: {e.Message}", $"{name}:{e.Start.Line}"));
        }

        return (file._problems.Count == 0 ? group : null, file._problems);
    }

    private RouteGroup? ReadGroup(YamlMappingNode root)
    {
        CheckKeys(root, GroupKeys);
        var name = Text(root, "group");
        if (name is not null && $"{name}.yaml" != _name)
        {
            Add(root, $"group '{name}' has to stand in {name}.yaml");
        }

        var affinity = ReadAffinity(root) ?? Affinity.None;
        var required = OptionalText(root, "affinity_required") == "true";
        var caller = ReadCaller(root) ?? Caller.User;
        var entries = new List<CatalogueEntry>();
        if (Child(root, "entries") is YamlSequenceNode list)
        {
            foreach (var node in list)
            {
                if (node is YamlMappingNode mapping && ReadEntry(mapping, name ?? "", affinity, required, caller) is { } entry)
                {
                    entries.Add(entry);
                }
                else if (node is not YamlMappingNode)
                {
                    Add(node, "an entry is a mapping");
                }
            }
        }
        else
        {
            Add(root, "key 'entries' is missing or no list");
        }

        return new RouteGroup(name ?? "", Text(root, "summary") ?? "", affinity, OptionalText(root, "like"), entries);
    }

    private CatalogueEntry? ReadEntry(YamlMappingNode node, string group, Affinity groupAffinity, bool required, Caller groupCaller)
    {
        CheckKeys(node, EntryKeys);
        var pathText = Text(node, "path");
        PathPattern? path = null;
        if (pathText is not null && !PathPattern.TryParse(pathText, out path, out var error))
        {
            Add(node, $"path {pathText}: {error}");
        }

        var methods = ReadMethods(node);
        var servedBy = ReadServedBy(node);
        var affinity = Child(node, "affinity") is null ? groupAffinity : ReadAffinity(node);
        var since = Text(node, "since");
        var source = Text(node, "source");
        if (path is null || methods is null || servedBy is null || affinity is null || since is null || source is null)
        {
            return null;
        }

        return new CatalogueEntry
        {
            Group = group,
            Path = path,
            Methods = methods,
            When = ReadCondition(node),
            ServedBy = servedBy.Value,
            Affinity = affinity.Value,
            AffinityRequired = required,
            Caller = ReadCaller(node) ?? groupCaller,
            Needs = OptionalText(node, "needs"),
            NeedsOwnLogin = OptionalText(node, "needs_own_login") == "true",
            Since = since,
            Source = source,
            Note = OptionalText(node, "note"),
            Location = $"{_name}:{node.Start.Line}",
        };
    }

    private IReadOnlyList<string>? ReadMethods(YamlMappingNode node)
    {
        if (Child(node, "methods") is not YamlSequenceNode list || list.Children.Count == 0)
        {
            Add(node, "key 'methods' is missing or no list");
            return null;
        }

        var methods = list.Select(item => (item as YamlScalarNode)?.Value ?? "").ToArray();
        foreach (var method in methods.Except(Methods))
        {
            Add(list, $"unknown method '{method}'", $"Use one of: {string.Join(", ", Methods)}");
        }

        if (methods.Contains(CatalogueEntry.AnyMethod) && methods.Length > 1)
        {
            Add(list, "ANY stands alone");
        }

        return methods;
    }

    private ServedBy? ReadServedBy(YamlMappingNode node)
    {
        switch (Child(node, "served_by"))
        {
            // {stream: typing}, {stream: device_lists, otherwise: any}
            case YamlMappingNode mapping when OptionalText(mapping, "stream") is { } stream && (mapping.Children.Count, OptionalText(mapping, "otherwise")) is (1, null) or (2, "any"):
                if (StreamRule.All.All(rule => rule.Name != stream))
                {
                    Add(mapping, $"unknown stream '{stream}'", $"Use one of: {string.Join(", ", StreamRule.All.Select(rule => rule.Name))}");
                    return null;
                }

                return new ServedBy(ServerKind.StreamWriter, stream, OrAny: mapping.Children.Count == 2);
            case YamlScalarNode scalar:
                ServerKind? kind = scalar.Value switch
                {
                    "main" => ServerKind.Main,
                    "any" => ServerKind.Any,
                    "single" => ServerKind.Single,
                    "media_repository" => ServerKind.MediaRepository,
                    "nobody" => ServerKind.Nobody,
                    _ => null,
                };
                if (kind is not null)
                {
                    return new ServedBy(kind.Value);
                }

                break;
        }

        Add(Child(node, "served_by") ?? node, "served_by has to be main, any, single, media_repository, nobody, {stream: NAME} or {stream: NAME, otherwise: any}");
        return null;
    }

    private QueryCondition? ReadCondition(YamlMappingNode node)
    {
        switch (Child(node, "when"))
        {
            case null:
                return null;
            // {since: absent}, {full_state: 'true'}
            case YamlMappingNode { Children.Count: 1 } mapping when mapping.Children.Single() is { Key: YamlScalarNode { Value: { } name }, Value: YamlScalarNode { Value: { } value } }:
                return new QueryCondition(name, value == "absent" ? null : value);
            case var other:
                Add(other, "when has to be {PARAMETER: absent} or {PARAMETER: VALUE}");
                return null;
        }
    }

    private Caller? ReadCaller(YamlMappingNode node)
    {
        Caller? caller = OptionalText(node, "caller") switch
        {
            "user" => Caller.User,
            "homeserver" => Caller.Homeserver,
            "anybody" => Caller.Anybody,
            _ => null,
        };
        if (caller is null && Child(node, "caller") is { } other)
        {
            Add(other, $"unknown caller '{other}'", "Use one of: user, homeserver, anybody");
        }

        return caller;
    }

    private Affinity? ReadAffinity(YamlMappingNode node)
    {
        var word = Text(node, "affinity");
        if (word is not null && AffinityWords.FromWord(word) is null)
        {
            Add(node, $"unknown affinity '{word}'", $"Use one of: {string.Join(", ", AffinityWords.All)}");
        }

        return word is null ? null : AffinityWords.FromWord(word);
    }

    private void CheckKeys(YamlMappingNode node, string[] known)
    {
        foreach (var key in node.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name } || !known.Contains(name))
            {
                Add(key, $"unknown key '{key}'", $"Use one of: {string.Join(", ", known)}");
            }
        }
    }

    private string? Text(YamlMappingNode node, string key)
    {
        var text = OptionalText(node, key);
        if (string.IsNullOrEmpty(text))
        {
            Add(node, $"key '{key}' is missing or empty");
            return null;
        }

        return text;
    }

    private static string? OptionalText(YamlMappingNode node, string key) => (Child(node, key) as YamlScalarNode)?.Value;

    private static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.FirstOrDefault(pair => pair.Key is YamlScalarNode scalar && scalar.Value == key).Value;

    private void Add(YamlNode node, string what, string? fix = null) => _problems.Add(new Problem(what, $"{_name}:{node.Start.Line}", fix));
}
