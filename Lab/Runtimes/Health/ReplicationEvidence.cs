using SynapseLab.Runtimes.Evidence;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>
/// Whether a process takes part in replication, read from its own metrics.
/// <para>
/// synapse/replication/tcp/redis.py: once Redis has confirmed SUBSCRIBE, the process counts the connection
/// (<c>synapse_replication_tcp_resource_total_connections</c>), publishes REPLICATE, and announces the positions of its streams;
/// whoever is subscribed answers with POSITION for its own. Redis gives every message to all who are subscribed at that moment, the
/// sender among them. An open port or a connection without subscription satisfies none of it.
/// </para>
/// <para>
/// Of two processes that are subscribed, each reaches the other: if main was first, the worker's REPLICATE and positions went to it; if the
/// worker was first, main's REPLICATE went to the worker, who answers with the position of at least stream <c>caches</c>,
/// which every process writes (synapse/replication/tcp/handler.py). That main has taken a command of this very worker is not in any metric:
/// the counters of commands (synapse/replication/tcp/protocol.py) are labelled by command and connection,
/// which with Redis is always <c>redis</c>, and never by sender. So "main sees the worker" is what follows from both being subscribed at
/// the time of the look, not something that main was heard to say.
/// </para>
/// </summary>
internal static class ReplicationEvidence
{
    private const string Connections = "synapse_replication_tcp_resource_total_connections";
    private const string Inbound = "synapse_replication_tcp_protocol_inbound_commands_total";
    private const string Outbound = "synapse_replication_tcp_protocol_outbound_commands_total";

    /// <summary>Whether the process is subscribed and has heard its own REPLICATE come back.</summary>
    public static Observation Subscribed(MetricsSnapshot metrics)
    {
        if (metrics.Sum(Connections) < 1)
        {
            return Observation.No("it is not subscribed to Redis");
        }

        return metrics.Sum(Inbound, ("command", "REPLICATE"), ("name", "redis")) < 1
            ? Observation.No("its REPLICATE has not come back through Redis")
            : Observation.Yes("subscribed");
    }

    /// <summary>Whether the process has ever heard positions of others, of main or of other workers:
    /// more POSITION commands came in than it sent (its own come back too).</summary>
    public static bool HearsOthers(MetricsSnapshot metrics) => PositionsOfOthers(metrics) >= 1;

    private static double PositionsOfOthers(MetricsSnapshot metrics) =>
        metrics.Sum(Inbound, ("command", "POSITION"), ("name", "redis")) - metrics.Sum(
            Outbound, ("command", "POSITION"), ("name", "redis"));
}
