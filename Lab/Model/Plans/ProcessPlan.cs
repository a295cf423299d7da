using SynapseLab.Conventions;
using SynapseLab.Topologies;

namespace SynapseLab.Plans;

/// <summary>
/// Gives every Synapse process its names and ports. Client and metrics ports are unique in the lab, so that a port alone names the
/// process in a proxy's log, wherever the process runs.
/// </summary>
public static class ProcessPlan
{
    // As in the examples of Synapse's docs/workers.md: clients in the 8xxx range, replication in the 9xxx range.
    // TopologyShape.MaxWorkers and MaxHomeservers keep the ranges apart.
    private const int WorkerHttp = 8100;
    private const int WorkerReplication = 9100;
    private const int WorkerMetrics = 9300;
    private const int MainReplication = 9093;
    private const int MainMetrics = 9290;

    /// <summary>The homeservers with their processes, in topology order.</summary>
    /// <param name="topology">The topology.</param>
    /// <param name="hostPrefix">What all host names begin with, where the network is shared with others: <c>hs1-</c>; empty:
    /// it is the lab's own.</param>
    public static IReadOnlyList<Homeserver> Of(Topology topology, string hostPrefix = "")
    {
        var several = topology.Homeservers.Count > 1;
        var homeservers = new List<Homeserver>();
        var worker = 0;
        foreach (var (homeserver, k) in topology.Homeservers.Select((homeserver, index) => (homeserver, index)))
        {
            var key = HomeserverTopology.KeyOf(homeserver.ServerName);
            string Id(string name) => several ? $"{key}-{name}" : name;
            string Container(string id) => topology.Packing == Packing.OneContainer ? key : id;

            string Host(string id) => hostPrefix + HostOf(id);

            var processes = new List<SynapseProcess>
            {
                new(MainName.Lab, Id(MainName.Lab), key, Host(Id(MainName.Lab)), Container(Id(MainName.Lab)),
                    LabPaths.ClientPort + k, homeserver.Workers.Count > 0 ? MainReplication : null, MainMetrics + k, ["client", "federation"], null),
            };
            foreach (var declared in homeserver.Workers)
            {
                worker++;
                processes.Add(new SynapseProcess(
                    declared.Name, Id(declared.Name), key, Host(Id(declared.Name)), Container(Id(declared.Name)),
                    WorkerHttp + worker,
                    NeedsReplication(homeserver, declared.Name) ? WorkerReplication + worker : null,
                    WorkerMetrics + worker,
                    declared.Role.Resources.Count > 0 ? declared.Role.Resources : ["health"],
                    declared));
            }

            homeservers.Add(new Homeserver(homeserver.ServerName, key, key.Replace('-', '_'), topology.Sockets == Sockets.Unix ? [.. processes.Select(OnSockets)] : processes, homeserver));
        }

        return homeservers;
    }

    private static SynapseProcess OnSockets(SynapseProcess process) => process with
    {
        HttpSocket = SocketPath(process.HomeserverKey, "client", process.Name),
        ReplicationSocket = process.ReplicationPort is null ? null : SocketPath(process.HomeserverKey, "replication", process.Name),
    };

    private static string SocketPath(string key, string what, string name) => $"{LabPaths.Sockets}/{key}/{what}/{name}.sock";

    // Synapse's HTTP client encodes host names as IDNA, which has no underscore.
    private static string HostOf(string id) => id.Replace('_', '-');

    // Writers are asked to write (docs/workers.md "Stream writers"), and processes that outbound federation is restricted to are asked to
    // send (synapse/http/proxyagent.py).
    private static bool NeedsReplication(HomeserverTopology homeserver, string worker) =>
        homeserver.StreamWriters.Values.Any(writers => writers.Contains(worker))
            || homeserver.OutboundFederationRestrictedTo.Contains(worker);
}
