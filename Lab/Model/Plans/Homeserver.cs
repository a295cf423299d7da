using SynapseLab.Topologies;
using SynapseLab.Yaml;

namespace SynapseLab.Plans;

/// <summary>One homeserver.</summary>
/// <param name="ServerName">Synapse's <c>server_name</c>, also the proxy's name on the lab's network: <c>hs1.test</c>.</param>
/// <param name="Key">Short name used in container names, folders and the database: <c>hs1</c>.</param>
/// <param name="Database">Its database in the Postgres container: <c>hs1</c>.</param>
/// <param name="Processes">Main first, then the workers in topology order.</param>
/// <param name="Topology">What it was made from.</param>
public sealed record Homeserver(
    string ServerName,
    string Key,
    string Database,
    IReadOnlyList<SynapseProcess> Processes,
    HomeserverTopology Topology)
{
    /// <summary>The main process.</summary>
    public SynapseProcess Main => Processes[0];

    /// <summary>The processes that send to other homeservers, in the order that decides the sharding;
    /// main where the topology says nothing.</summary>
    public IReadOnlyList<SynapseProcess> Senders => NamedOrMain(Topology.FederationSenderInstances);

    /// <summary>The processes that write a stream, in the order that decides the sharding; main where the topology says nothing.</summary>
    public IReadOnlyList<SynapseProcess> WritersOf(string stream) => NamedOrMain(Topology.StreamWriters.GetValueOrDefault(stream, []));

    /// <summary>Whether people may mean it by a word: its server_name, the topology's own word, or its short name.</summary>
    public bool IsCalled(string word) => word == ServerName || word == Key;

    /// <summary>What is said where no homeserver is called like that.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="known">Those there are.</param>
    public static LabException Unknown(string word, IEnumerable<Homeserver> known) =>
        LabException.WrongUse(
            $"there is no homeserver '{word}'",
            fix: Spelling.SuggestAmong(word, known.Select(homeserver => homeserver.ServerName), "There are"));

    private IReadOnlyList<SynapseProcess> NamedOrMain(IReadOnlyList<string> names) =>
        names.Count == 0 ? [Main] : [.. names.Select(name => Processes.Single(process => process.Name == name))];
}
