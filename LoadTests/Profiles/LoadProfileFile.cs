using System.Globalization;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Yaml;
using SynapseLab.Yaml.Shapes;

namespace SynapseLab.LoadTests.Profiles;

/// <summary>
/// Reads a profile: syntax, then <see cref="ProfileShape"/>, then <see cref="LoadLimits"/>. An example with every key:
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
internal static class LoadProfileFile
{
    /// <summary>Reads a profile from a file's bytes, which may be anything.</summary>
    /// <param name="path">Its path, for problems and for the profile's name.</param>
    /// <param name="bytes">The file's contents.</param>
    public static ProfileResult Parse(string path, ReadOnlySpan<byte> bytes)
    {
        var problems = new FileProblems(path);
        return YamlText.Decode(bytes, problems) is { } text
            ? Parse(path, text, problems)
            : new ProfileResult(null, "", problems.InOrder(), new Dictionary<string, string>());
    }

    /// <summary>Reads a profile from its text.</summary>
    /// <param name="path">See the other.</param>
    /// <param name="text">YAML.</param>
    public static ProfileResult Parse(string path, string text) => Parse(path, text, new FileProblems(path));

    private static ProfileResult Parse(string path, string text, FileProblems problems)
    {
        LoadProfile? profile = null;
        IReadOnlyDictionary<string, int> lines = new Dictionary<string, int>();
        if (YamlText.Parse(text, problems) is { } root and not YamlScalar { Text: "" })
        {
            ShapeCheck.Check("the profile", root, ProfileShape.File, problems);
            lines = Lines(root);
            if (problems.None)
            {
                profile = Read(Path.GetFileNameWithoutExtension(path), root);
                foreach (var (key, what, fix) in LoadLimits.Contradictions(profile))
                {
                    problems.Add(lines[key], what, fix);
                }
            }
        }
        else if (problems.None)
        {
            problems.Add(0, "the file is empty", "Start from a copy of profiles/chat.yaml");
        }

        var places = lines.ToDictionary(key => key.Key, key => $"{path}:{key.Value}");
        return new ProfileResult(problems.None ? profile : null, text, problems.InOrder(), places);
    }

    private static LoadProfile Read(string name, YamlNode root)
    {
        var (rooms, mix, sync) = (root.Child("rooms"), root.Child("mix"), root.Child("sync"));
        return new LoadProfile
        {
            Name = name,
            Description = root.Text("description") ?? "",
            Users = (int)root.Whole("users")!,
            RemoteUsers = (int)(root.Whole("remote_users") ?? 0),
            Rooms = new RoomShape((int)rooms.Whole("count")!, (int)rooms.Whole("members")!, Word<Popularity>(rooms, "popularity")),
            Duration = Duration(root, "duration")!.Value,
            Open = new OpenWorkload(
                root.Number("rate")!.Value,
                Word<Arrival>(root, "arrival"),
                new OperationMix(mix.Number("send") ?? 0, mix.Number("typing") ?? 0, mix.Number("receipt") ?? 0)),
            Closed = new ClosedWorkload((int?)sync.Whole("users"), Duration(sync, "timeout") ?? TimeSpan.FromSeconds(30)),
            MessageBytes = (int)(root.Whole("message_bytes") ?? 64),
            RequestTimeout = Duration(root, "request_timeout") ?? TimeSpan.FromSeconds(60),
            DeliveryDeadline = Duration(root, "delivery_deadline") ?? TimeSpan.FromSeconds(30),
            AllowedErrors = Share(root.Text("allowed_errors") ?? "0%"),
            Seed = root.Whole("seed") ?? 1,
        };
    }

    // 0.5% -> 0.005
    private static double Share(string percent) => double.Parse(percent.TrimEnd('%'), CultureInfo.InvariantCulture) / 100;

    // The words are the members' names in lower case; the first is the default.
    private static T Word<T>(YamlNode? node, string key) where T : struct, Enum =>
        node.Text(key) is { } word ? Enum.Parse<T>(word, ignoreCase: true) : default;

    private static TimeSpan? Duration(YamlNode? node, string key) =>
        node.Text(key) is { } text && Durations.TryParse(text, out var duration) ? duration : null;

    // users -> 2, rooms -> 3, rooms.count -> 4
    private static Dictionary<string, int> Lines(YamlNode root)
    {
        var lines = new Dictionary<string, int>();
        foreach (var entry in (root as YamlMapping)?.Entries ?? [])
        {
            lines[entry.Key] = entry.Line;
            foreach (var inner in (entry.Value as YamlMapping)?.Entries ?? [])
            {
                lines[$"{entry.Key}.{inner.Key}"] = inner.Line;
            }
        }

        return lines;
    }
}
