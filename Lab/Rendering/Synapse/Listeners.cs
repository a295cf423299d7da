using SynapseLab.Plans;
using SynapseLab.Yaml;
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
            [
                ("type", "http"),
                .. Place(process.HttpSocket, process.HttpPort, "0666"),
                ("x_forwarded", true),
                ("request_id_header", "X-Request-ID"),
                ("resources", List(Map(("names", List([.. process.Resources]))))),
            ]),
        };
        if (process.ReplicationPort is { } port)
        {
            listeners.Add(Map(
            [
                ("type", "http"),
                .. Place(process.ReplicationSocket, port, "0600"),
                ("resources", List(Map(("names", List("replication"))))),
            ]));
        }

        // "Can not use a unix socket for metrics at this time." (synapse/app/homeserver.py)
        listeners.Add(Map(("type", "metrics"), ("port", process.MetricsPort), ("bind_addresses", List("0.0.0.0"))));
        return listeners;
    }

    // The mode is octal in YAML 1.1, which PyYAML reads. Replication is for processes of the same user alone.
    // A proxy that was started as root gives its requests to processes of another user, so what it connects to is open to all;
    // others never come to the folder.
    private static (string Key, object? Value)[] Place(string? socket, int port, string mode) => socket is null
        ? [("port", port), ("bind_addresses", List("0.0.0.0"))]
        : [("path", socket), ("mode", new YamlVerbatim(mode))];
}
