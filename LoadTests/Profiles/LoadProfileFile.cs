using System.Globalization;
using SynapseLab.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace SynapseLab.LoadTests.Profiles;

/// <summary>
/// Reads a profile. All problems are found at once, each with its line. An example with every key:
/// <code>
/// description: Steady talk
/// users: 20
/// remote_users: 0
/// rooms: {count: 5, members: 8, popularity: even}
/// duration: 60s
/// rate: 10
/// arrival: poisson
/// mix: {send: 6, typing: 2, receipt: 2}
/// sync: {users: all, timeout: 30s}
/// message_bytes: 64
/// request_timeout: 60s
/// delivery_deadline: 30s
/// allowed_errors: 0%
/// seed: 1
/// </code>
/// </summary>
public sealed class LoadProfileFile
{
    /// <summary>A profile is some lines; what is longer is no profile, and not worth a parser's time.</summary>
    public const int MostBytes = 64 * 1024;

    private static readonly string[] _keys =
    [
        "description", "users", "remote_users", "rooms", "duration", "rate", "arrival", "mix", "sync", "message_bytes",
        "request_timeout", "delivery_deadline", "allowed_errors", "seed",
    ];

    private readonly string _path;
    private readonly List<(int Line, Problem Problem)> _problems = [];
    private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);

    private LoadProfileFile(string path) => _path = path;

    /// <summary>Reads a profile from its text.</summary>
    /// <param name="path">Its path, for problems and for the profile's name.</param>
    /// <param name="text">YAML.</param>
    public static ProfileResult Parse(string path, string text) => new LoadProfileFile(path).Read(text);

    private ProfileResult Read(string text)
    {
        LoadProfile? profile = null;
        if (Root(text) is { } root)
        {
            profile = Profile(root);
            var known = _problems.Select(entry => entry.Line).ToHashSet();
            foreach (var problem in LoadLimits.Check(profile, key => _places.GetValueOrDefault(key) ?? _places.GetValueOrDefault(key.Split('.')[0]) ?? _path))
            {
                // What could not be read has no value to be beyond a limit, and what is missing has no line.
                var place = problem.Where![(problem.Where!.LastIndexOf(':') + 1)..];
                var line = int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
                if (!known.Contains(line) && (line > 0 || known.Count == 0))
                {
                    _problems.Add((line, problem));
                }
            }
        }

        var problems = _problems.OrderBy(entry => entry.Line).Select(entry => entry.Problem).ToArray();
        return new ProfileResult(problems.Length == 0 ? profile : null, problems, _places);
    }

    private LoadProfile Profile(YamlMappingNode root)
    {
        OnlyKeys(root, "", _keys);
        var rooms = Mapping(root, "rooms", required: true, "count", "members", "popularity");
        var mix = Mapping(root, "mix", required: true, "send", "typing", "receipt");
        var sync = Mapping(root, "sync", required: false, "users", "timeout");
        var defaults = new ClosedWorkload(null, TimeSpan.FromSeconds(30));
        return new LoadProfile
        {
            Name = Path.GetFileNameWithoutExtension(_path),
            Description = Scalar(root, "", "description")?.Value ?? "",
            Users = Integer(root, "", "users") ?? 0,
            RemoteUsers = Integer(root, "", "remote_users", 0) ?? 0,
            Rooms = new RoomShape(
                Integer(rooms, "rooms.", "count") ?? 0,
                Integer(rooms, "rooms.", "members") ?? 0,
                Word(rooms, "rooms.", "popularity", Popularity.Even)),
            Duration = Duration(root, "", "duration", null),
            Open = new OpenWorkload(
                Number(root, "", "rate", null),
                Word(root, "", "arrival", Arrival.Poisson),
                new OperationMix(Number(mix, "mix.", "send", 0), Number(mix, "mix.", "typing", 0), Number(mix, "mix.", "receipt", 0))),
            Closed = new ClosedWorkload(SyncUsers(sync), Duration(sync, "sync.", "timeout", defaults.Timeout)),
            MessageBytes = Integer(root, "", "message_bytes", 64) ?? 0,
            RequestTimeout = Duration(root, "", "request_timeout", TimeSpan.FromSeconds(60)),
            DeliveryDeadline = Duration(root, "", "delivery_deadline", TimeSpan.FromSeconds(30)),
            AllowedErrors = Share(root, "allowed_errors"),
            Seed = Whole(root, "", "seed", 1) ?? 0,
        };
    }

    private YamlMappingNode? Root(string text)
    {
        if (text.Length > MostBytes)
        {
            return Refuse($"the file has {text.Length} bytes, the limit is {MostBytes}", "A profile is a file of some lines, see docs/profiles.md");
        }

        if (text.Contains('\0'))
        {
            return Refuse("this is no text", "A profile is a YAML file, see docs/profiles.md");
        }

        var last = Mark.Empty;
        try
        {
            // An anchor that is repeated in anchors grows without bound when it is resolved; no profile needs one.
            var parser = new Parser(new StringReader(text));
            while (parser.MoveNext())
            {
                last = parser.Current!.Start;
                if (parser.Current is AnchorAlias alias)
                {
                    Add(last, "aliases are not taken in profiles", $"Write out what *{alias.Value} stands for");
                    return null;
                }
            }

            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is YamlScalarNode { Value: "" or null })
            {
                return Refuse("the file is empty", "Start from profiles/chat.yaml");
            }

            if (stream.Documents[0].RootNode is YamlMappingNode root)
            {
                return root;
            }

            Add(stream.Documents[0].RootNode.Start, "a profile is a list of keys with values", "Start from profiles/chat.yaml");
            return null;
        }
        catch (YamlException e)
        {
            Add(e.Start, $"no valid YAML: {(e.InnerException ?? e).Message}", null);
            return null;
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet 16.3 ends with this one, without a place, when a text stops inside of brackets.
            Add(last, "no valid YAML after this line", "Look for a bracket or a quote that is not closed");
            return null;
        }
    }

    private YamlMappingNode? Refuse(string what, string fix)
    {
        _problems.Add((0, new Problem(what, _path, fix)));
        return null;
    }

    private void Add(Mark mark, string what, string? fix) => _problems.Add(((int)mark.Line, new Problem(what, $"{_path}:{mark.Line}", fix)));

    private void OnlyKeys(YamlMappingNode node, string prefix, IReadOnlyList<string> known)
    {
        foreach (var (key, value) in node.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "?";
            if (known.Contains(name))
            {
                _places[prefix + name] = $"{_path}:{key.Start.Line}";
            }
            else
            {
                Add(key.Start, $"unknown key '{prefix}{name}'", Spelling.SuggestAmong(name, known, "There are"));
            }
        }
    }

    private YamlMappingNode? Mapping(YamlMappingNode root, string key, bool required, params string[] known)
    {
        if (!root.Children.TryGetValue(new YamlScalarNode(key), out var node))
        {
            if (required)
            {
                Add(root.Start, $"{key} is missing", $"Add it, see docs/profiles.md");
            }

            return null;
        }

        if (node is not YamlMappingNode mapping)
        {
            Add(node.Start, $"{key} takes keys with values", $"Write {key}: {{{string.Join(", ", known.Select(name => name + ": ..."))}}}");
            return null;
        }

        OnlyKeys(mapping, key + ".", known);
        return mapping;
    }

    private YamlScalarNode? Scalar(YamlMappingNode? node, string prefix, string key, bool required = false)
    {
        // A missing section was complained about already.
        if (node is null)
        {
            return null;
        }

        if (!node.Children.TryGetValue(new YamlScalarNode(key), out var value))
        {
            if (required)
            {
                Add(node.Start, $"{prefix}{key} is missing", "Add it, see docs/profiles.md");
            }

            return null;
        }

        if (value is YamlScalarNode scalar)
        {
            return scalar;
        }

        Add(value.Start, $"{prefix}{key} takes a single value", null);
        return null;
    }

    // A number of things. One that no int holds is beyond every limit, and told as it was written.
    private int? Integer(YamlMappingNode? node, string prefix, string key, int? otherwise = null)
    {
        var value = Whole(node, prefix, key, otherwise);
        if (value is null or (>= int.MinValue and <= int.MaxValue))
        {
            return (int?)value;
        }

        Add(node!.Children[new YamlScalarNode(key)].Start, string.Create(CultureInfo.InvariantCulture, $"{prefix}{key} is {value}, far beyond its limits"), "See docs/profiles.md");
        return otherwise;
    }

    private long? Whole(YamlMappingNode? node, string prefix, string key, long? otherwise = null)
    {
        if (Scalar(node, prefix, key, required: otherwise is null) is not { } scalar)
        {
            return otherwise;
        }

        if (long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        Add(scalar.Start, $"{prefix}{key} takes a whole number, not '{scalar.Value}'", null);
        return otherwise;
    }

    private double Number(YamlMappingNode? node, string prefix, string key, double? otherwise)
    {
        if (Scalar(node, prefix, key, required: otherwise is null) is not { } scalar)
        {
            return otherwise ?? 0;
        }

        if (double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
        {
            return value;
        }

        Add(scalar.Start, $"{prefix}{key} takes a number, not '{scalar.Value}'", null);
        return 0;
    }

    private TimeSpan Duration(YamlMappingNode? node, string prefix, string key, TimeSpan? otherwise)
    {
        if (Scalar(node, prefix, key, required: otherwise is null) is not { } scalar)
        {
            return otherwise ?? TimeSpan.Zero;
        }

        if (Durations.TryParse(scalar.Value ?? "", out var value))
        {
            return value;
        }

        Add(scalar.Start, $"{prefix}{key} takes a time with its unit, not '{scalar.Value}'", "Write for example 30s, 5m or 1h");
        return TimeSpan.Zero;
    }

    private double Share(YamlMappingNode root, string key)
    {
        if (Scalar(root, "", key) is not { } scalar)
        {
            return 0;
        }

        if (scalar.Value is [.. var digits, '%'] && double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            return value / 100;
        }

        Add(scalar.Start, $"{key} takes a share in percent, not '{scalar.Value}'", "Write for example 0.5%");
        return 0;
    }

    private T Word<T>(YamlMappingNode? node, string prefix, string key, T otherwise) where T : struct, Enum
    {
        if (Scalar(node, prefix, key) is not { } scalar)
        {
            return otherwise;
        }

        var words = Enum.GetNames<T>().Select(name => name.ToLowerInvariant()).ToArray();
        var index = Array.IndexOf(words, scalar.Value);
        if (index >= 0)
        {
            return Enum.GetValues<T>()[index];
        }

        Add(scalar.Start, $"{prefix}{key} is one of {string.Join(", ", words)}, not '{scalar.Value}'", null);
        return otherwise;
    }

    private int? SyncUsers(YamlMappingNode? node) =>
        Scalar(node, "sync.", "users") is { Value: not "all" } ? Integer(node, "sync.", "users", 0) : null;
}
