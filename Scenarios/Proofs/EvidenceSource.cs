namespace SynapseLab.Scenarios.Proofs;

/// <summary>Where evidence comes from. A proof needs two sources that know nothing of each other.</summary>
public enum EvidenceSource
{
    /// <summary>The proxy's access log: who was asked.</summary>
    ProxyLog,

    /// <summary>Counters of the Synapse processes themselves: who did it.</summary>
    Metrics,

    /// <summary>Rows in Postgres: who wrote it down.</summary>
    Database,

    /// <summary>What another homeserver, or the proxy in front of it, saw arriving.</summary>
    ReceivingServer,

    /// <summary>What Matrix clients were given.</summary>
    Client,
}
