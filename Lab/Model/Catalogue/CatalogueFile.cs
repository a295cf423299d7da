using SynapseLab.Yaml;
using SynapseLab.Yaml.Shapes;

namespace SynapseLab.Catalogue;

/// <summary>Reads one file of the catalogue. The format is described in docs/routing.md.</summary>
internal sealed class CatalogueFile
{
    private readonly string _name;
    private readonly FileProblems _problems;

    private CatalogueFile(string name) => (_name, _problems) = (name, new FileProblems(name));

    /// <summary>Reads a file.</summary>
    /// <param name="name">The file's name: <c>typing.yaml</c>.</param>
    /// <param name="text">Its contents.</param>
    /// <returns>The group, null where there are problems; and all problems with their lines.</returns>
    public static (RouteGroup? Group, IReadOnlyList<Problem> Problems) Read(string name, string text)
    {
        var file = new CatalogueFile(name);
        var group = YamlText.Parse(text, file._problems) is { } root ? file.ReadGroup(root) : null;
        return (file._problems.None ? group : null, file._problems.InOrder());
    }

    private RouteGroup? ReadGroup(YamlNode root)
    {
        ShapeCheck.Check("the group", root, CatalogueShape.File, _problems);
        if (!_problems.None)
        {
            return null;
        }

        var name = root.Text("group")!;
        if ($"{name}.yaml" != _name)
        {
            _problems.Add(root.Line, $"group '{name}' has to stand in {name}.yaml");
        }

        var (affinity, required, caller) = (ReadAffinity(root)!.Value, root.Truth("affinity_required"), ReadCaller(root) ?? Caller.User);
        var entries = root.Items("entries").Select(node => ReadEntry(node, name, affinity, required, caller)).OfType<CatalogueEntry>();
        return new RouteGroup(name, root.Text("summary")!, affinity, root.Text("like"), [.. entries]);
    }

    private CatalogueEntry? ReadEntry(YamlNode node, string group, Affinity affinity, bool affinityRequired, Caller caller)
    {
        var pathText = node.Text("path")!;
        if (!PathPattern.TryParse(pathText, out var path, out var error))
        {
            _problems.Add(node.Line, $"path {pathText}: {error}");
            return null;
        }

        return new CatalogueEntry
        {
            Group = group,
            Path = path,
            Methods = ReadMethods(node),
            When = ReadCondition(node),
            ServedBy = ReadServedBy(node.Child("served_by")!),
            Affinity = ReadAffinity(node) ?? affinity,
            AffinityRequired = affinityRequired,
            Caller = ReadCaller(node) ?? caller,
            Needs = node.Text("needs"),
            NeedsOwnLogin = node.Truth("needs_own_login"),
            Since = node.Text("since")!,
            Source = node.Text("source")!,
            Note = node.Text("note"),
            Location = $"{_name}:{node.Line}",
        };
    }

    private IReadOnlyList<string> ReadMethods(YamlNode node)
    {
        var methods = node.Child("methods").Names().Select(method => method.Text).ToArray();
        if (methods.Contains(CatalogueEntry.AnyMethod) && methods.Length > 1)
        {
            _problems.Add(node.Child("methods")!.Line, $"{CatalogueEntry.AnyMethod} stands alone");
        }

        return methods;
    }

    // {stream: typing}, {stream: device_lists, otherwise: any}, media_repository
    private static ServedBy ReadServedBy(YamlNode node) => node.Text("stream") is { } stream
        ? new ServedBy(ServerKind.StreamWriter, stream, OrAny: node.Text("otherwise") is not null)
        : new ServedBy(Enum.Parse<ServerKind>(((YamlScalar)node).Text.Replace("_", ""), ignoreCase: true));

    // {since: absent}, {full_state: 'true'}
    private QueryCondition? ReadCondition(YamlNode node)
    {
        switch (node.Entries("when"))
        {
            case []:
                return null;
            case [{ Value: YamlScalar { Text: var value } } only]:
                return new QueryCondition(only.Key, value == "absent" ? null : value);
            default:
                _problems.Add(node.Child("when")!.Line, "'when' takes one parameter");
                return null;
        }
    }

    private static Caller? ReadCaller(YamlNode node) => node.Text("caller") is { } word ? Enum.Parse<Caller>(word, ignoreCase: true) : null;

    private static Affinity? ReadAffinity(YamlNode node) => node.Text("affinity") is { } word ? AffinityWords.FromWord(word) : null;
}
