using SynapseLab.Conventions;
using SynapseLab.Catalogue;
using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>Makes a topology of nodes whose shape was checked.
/// Parts of the wrong shape were reported already and are passed over here.</summary>
internal sealed class TopologyReader(FileProblems problems)
{
    public Topology Read(string name, YamlNode root)
    {
        var packing = root.Text("packing") == "one-container" ? Packing.OneContainer : Packing.Separate;
        var entries = root.Entries("homeservers");
        var homeservers = new List<HomeserverTopology>();
        foreach (var entry in entries)
        {
            homeservers.Add(new HomeserverReader(problems, entry, packing, root.Child("synapse") is null).Read());
        }

        CheckKeys(entries);
        var sockets = root.Text("sockets") == "unix" ? Sockets.Unix : Sockets.Tcp;
        if (sockets == Sockets.Unix)
        {
            CheckSocketPaths(entries, homeservers);
        }

        CheckSize(entries, homeservers);
        return new Topology
        {
            Name = name,
            Description = root.Text("description") ?? "",
            SynapseImage = Image(root),
            Packing = packing,
            Sockets = sockets,
            Homeservers = homeservers,
            Proxy = new ProxyTopology
            {
                Kind = root.Child("proxy").Text("kind") ?? "nginx",
                Affinity = Affinities(root.Child("proxy").Entries("affinity")),
            },
            PostgresMaxConnections = root.Child("postgres").Child("max_connections") is { } connections
                && YamlValues.ToValue(connections) is long most
                ? (int)Math.Clamp(most, 1, int.MaxValue)
                : null,
            Limits = root.Entries("limits").ToDictionary(entry => entry.Key, entry => LimitsReader.Read(entry.Value, problems)),
        };
    }

    // A key that the requests of a group do not carry would be none to choose by; 'default' is passed over for such groups.
    private Dictionary<string, Affinity> Affinities(IReadOnlyList<YamlEntry> entries)
    {
        var affinities = new Dictionary<string, Affinity>();
        foreach (var entry in entries)
        {
            if (entry.Value is not YamlScalar scalar || AffinityWords.FromWord(scalar.Text) is not { } affinity)
            {
                continue;
            }

            affinities[entry.Key] = affinity;
            if (EndpointCatalogue.GroupNames.Contains(entry.Key)
                && EndpointCatalogue.Load().Group(entry.Key) is var group
                && group.WhyNot(affinity) is { } reason)
            {
                problems.Add(
                    entry.Line,
                    $"'{entry.Key}' cannot have the affinity '{scalar.Text}': {reason}",
                    $"Use one of: {string.Join(", ", group.Affinities.Select(possible => possible.ToWord()))}");
            }
        }

        return affinities;
    }

    private string? Image(YamlNode root)
    {
        const string Official = "matrixdotorg/synapse";
        var synapse = root.Child("synapse");
        var (image, version) = (synapse.Text("image"), synapse.Text("version"));
        if (version is null)
        {
            return image;
        }

        // A colon before the last slash belongs to a registry's port.
        if (image is not null && (image.LastIndexOf(':') > image.LastIndexOf('/')))
        {
            problems.Add(
                synapse!.Line, $"the image '{image}' names a version already", "Remove 'version', or what follows the colon in 'image'");
        }

        return $"{image ?? Official}:v{version.TrimStart('v')}";
    }

    private void CheckKeys(IReadOnlyList<YamlEntry> entries)
    {
        string[] taken = ["postgres", "redis", "proxy"];
        foreach (var group in entries.GroupBy(entry => HomeserverTopology.KeyOf(entry.Key)))
        {
            foreach (var entry in group.Skip(1))
            {
                problems.Add(
                    entry.Line,
                    $"'{entry.Key}' and '{group.First().Key}' on line {group.First().Line} have the same short name '{group.Key}'",
                    "Let their first labels differ");
            }

            if (taken.Contains(group.Key))
            {
                problems.Add(
                    group.First().Line,
                    $"the short name '{group.Key}' belongs to a container of the lab",
                    "Let the server_name begin with another word, such as hs1");
            }
        }
    }

    // unix(7): sun_path has 108 bytes, the last of them zero. Synapse would fail at its start, when it listens.
    private void CheckSocketPaths(IReadOnlyList<YamlEntry> entries, IReadOnlyList<HomeserverTopology> homeservers)
    {
        const int Longest = 107;
        foreach (var (entry, homeserver) in entries.Zip(homeservers))
        {
            var name = homeserver.Workers.Select(worker => worker.Name).Append(MainName.Lab).MaxBy(name => name.Length)!;
            var length = $"/run/synapse/{HomeserverTopology.KeyOf(entry.Key)}/replication/{name}.sock".Length;
            if (length > Longest)
            {
                problems.Add(
                    entry.Line,
                    $"the path of the socket of '{name}' would have {length} characters, and Unix allows {Longest}",
                    "Shorten the worker's name or the first label of the server_name, or use 'sockets: tcp'");
            }
        }
    }

    private void CheckSize(IReadOnlyList<YamlEntry> entries, List<HomeserverTopology> homeservers)
    {
        if (entries.Count > TopologyShape.MaxHomeservers)
        {
            problems.Add(
                entries[TopologyShape.MaxHomeservers].Line,
                $"a lab has at most {TopologyShape.MaxHomeservers} homeservers, here are {entries.Count}");
        }

        var workers = homeservers.Sum(homeserver => homeserver.Workers.Count);
        if (workers > TopologyShape.MaxWorkers)
        {
            problems.Add(
                entries[0].Line, $"a lab has at most {TopologyShape.MaxWorkers} workers, here are {workers}", "Lower some 'count'");
        }
    }
}
