namespace SynapseLab.Scenarios.Proofs;

/// <summary>The counters of Synapse that the proofs read, as they are exposed. All carry <c>server_name</c>, none the process: that is whom
/// one asks.</summary>
internal static class SynapseMetric
{
    /// <summary>Requests begun, by <c>servlet</c> and <c>method</c> (synapse/http/request_metrics.py).</summary>
    public const string Requests = "synapse_http_server_requests_received_total";

    /// <summary>Requests answered, by <c>servlet</c>, <c>method</c> and <c>tag</c>, such as <c>sync_v2:initial_sync</c>
    /// (synapse/http/request_metrics.py).</summary>
    public const string Responses = "synapse_http_server_response_count_total";

    /// <summary>Events written, outliers and backfilled ones too (synapse/storage/databases/main/events.py).</summary>
    public const string PersistedEvents = "synapse_storage_events_persisted_events_total";

    /// <summary>Transactions that another homeserver took (synapse/federation/sender/per_destination_queue.py).</summary>
    public const string SentTransactions = "synapse_federation_client_sent_transactions_total";

    /// <summary>Requests to other homeservers, by whichever way they go out (synapse/http/matrixfederationclient.py).</summary>
    public const string FederationRequests = "synapse_http_matrixfederationclient_requests_total";

    /// <summary>Rows that this process wrote to a stream and told the others about, by <c>stream_name</c>
    /// (synapse/replication/tcp/resource.py).</summary>
    public const string StreamUpdates = "synapse_replication_tcp_resource_stream_updates_total";

    /// <summary>How far a process has worked through the events, by <c>name</c>: <c>federation_sender</c> where it sends
    /// (synapse/federation/sender/__init__.py).</summary>
    public const string ProcessingPositions = "synapse_event_processing_positions";

    /// <summary>EDUs that another homeserver took, by <c>type</c>: <c>m.typing</c>, <c>m.receipt</c>, <c>m.device_list_update</c>
    /// (synapse/federation/sender/per_destination_queue.py).</summary>
    public const string SentEdus = "synapse_federation_client_sent_edus_by_type_total";

    /// <summary>PDUs that came in transactions (synapse/federation/federation_server.py).</summary>
    public const string ReceivedPdus = "synapse_federation_server_received_pdus_total";
}
