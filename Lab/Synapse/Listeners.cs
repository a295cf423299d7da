using SynapseLab.Deployments;
using static SynapseLab.Synapse.ConfigValues;

namespace SynapseLab.Synapse;

/// <summary>The listeners of a process (Synapse's configuration manual, "listeners" and "worker_listeners").</summary>
internal static class Listeners
{
    /// <summary>Requests for clients and homeservers, replication where the process has it, and metrics.</summary>
    public static IReadOnlyList<object?> Of(SynapseProcess process)
    {
        var listeners = new List<object?>
        {
            // /health is on every http listener; a process that serves nobody gets one for /health alone.
            Map(
                ("type", "http"),
                ("port", process.HttpPort),
                ("bind_addresses", List("0.0.0.0")),
                ("x_forwarded", true),
                ("request_id_header", "X-Request-ID"),
                ("resources", List(Map(("names", List([.. process.Resources])))))),
        };
        if (process.ReplicationPort is { } port)
        {
            listeners.Add(Map(
                ("type", "http"),
                ("port", port),
                ("bind_addresses", List("0.0.0.0")),
                ("resources", List(Map(("names", List("replication")))))));
        }

        listeners.Add(Map(("type", "metrics"), ("port", process.MetricsPort), ("bind_addresses", List("0.0.0.0"))));
        return listeners;
    }
}
