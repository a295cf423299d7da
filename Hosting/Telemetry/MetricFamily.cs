using static SynapseLab.Hosting.Telemetry.FamilyKind;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>A family of a Synapse process's metrics.</summary>
/// <param name="Name">As Synapse exposes it; a counter with its <c>_total</c>, a histogram without <c>_bucket</c>.</param>
/// <param name="Kind">What kind it is.</param>
/// <param name="Unit">In UCUM, as OpenTelemetry has it: <c>s</c>, <c>By</c>, <c>{request}</c>.</param>
/// <param name="Description">What it tells.</param>
internal sealed record MetricFamily(string Name, FamilyKind Kind, string Unit, string Description)
{
    /// <summary>
    /// What an operator watches, a tenth of what a process exposes: the panels of Synapse's own dashboard that answer who
    /// does the work, who waits, and for what (contrib/grafana/synapse.json). Names: synapse/http/request_metrics.py,
    /// synapse/storage/databases/main/events.py, synapse/metrics, synapse/replication/tcp,
    /// synapse/storage/database.py, synapse/util/caches.
    /// </summary>
    public static IReadOnlyList<MetricFamily> Watched { get; } =
    [
        new("synapse_http_server_requests_received_total", Counter, "{request}", "Requests begun, by servlet"),
        new("synapse_http_server_in_flight_requests_count", Gauge, "{request}", "Requests under way, by servlet"),
        new("synapse_http_server_response_time_seconds", Histogram, "s", "Time to answer, by servlet"),
        new("synapse_http_server_response_ru_utime_seconds_total", Counter, "s", "CPU in Python, by servlet"),
        new("synapse_http_server_response_ru_stime_seconds_total", Counter, "s", "CPU in the kernel, by servlet"),
        new("synapse_http_server_response_db_txn_duration_seconds_total", Counter, "s", "Time in database transactions, by servlet"),
        new(
            "synapse_http_server_response_db_sched_duration_seconds_total", Counter, "s", "Time waiting for a database connection, by servlet"),

        new("synapse_storage_events_persisted_events_total", Counter, "{event}", "Events written"),
        new("synapse_event_persisted_position", Gauge, "{position}", "Position of the last event written"),
        new("synapse_event_processing_positions", Gauge, "{position}", "How far events have been worked through, by what works"),
        new("synapse_event_processing_lag", Gauge, "ms", "How far that is behind, by what works"),

        new("synapse_replication_tcp_resource_stream_updates_total", Counter, "{row}", "Rows written and told the others, by stream"),
        new("synapse_replication_tcp_protocol_inbound_rdata_count_total", Counter, "{row}", "Rows heard from others, by stream"),
        new("synapse_replication_tcp_command_queue", Gauge, "{command}", "Commands heard and not yet worked through, by stream"),
        new("synapse_pending_outgoing_replication_requests", Gauge, "{request}", "Requests to other processes under way"),
        new("synapse_federation_transaction_queue_pending_destinations", Gauge, "{server}", "Homeservers that something waits for"),
        new("synapse_federation_transaction_queue_pending_pdus", Gauge, "{event}", "Events that wait to be sent to other homeservers"),

        new("python_twisted_reactor_tick_time", Histogram, "s", "How long the reactor is busy before it looks around again"),
        new("process_cpu_seconds_total", Counter, "s", "CPU of the process"),
        new("process_resident_memory_bytes", Gauge, "By", "Memory of the process"),

        new("synapse_storage_schedule_time", Histogram, "s", "Wait for a database connection"),
        new("synapse_storage_transaction_time_sum_total", Counter, "s", "Time in transactions, by transaction"),
        new("synapse_storage_transaction_time_count_total", Counter, "{transaction}", "Transactions, by transaction"),

        // Gauges that only grow: Synapse reads them off its caches when it is asked.
        new("synapse_util_caches_cache", Counter, "{lookup}", "Lookups, by cache"),
        new("synapse_util_caches_cache_hits", Counter, "{lookup}", "Lookups that found something, by cache"),
        new("synapse_util_caches_cache_size", Gauge, "{entry}", "Entries, by cache"),
    ];
}

/// <summary>Kinds of metrics.</summary>
internal enum FamilyKind
{
    /// <summary>Only grows, from 0 at the process's start.</summary>
    Counter,

    /// <summary>How it is now.</summary>
    Gauge,

    /// <summary>Counts of values by upper bounds.</summary>
    Histogram,
}
