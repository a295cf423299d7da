namespace SynapseLab.Synapse;

/// <summary>Database connections: each process has a pool (Synapse's <c>cp_min</c> and <c>cp_max</c>), and Postgres must have room for all pools.</summary>
/// <param name="Processes">Synapse processes on the one Postgres.</param>
public sealed record ConnectionPlan(int Processes)
{
    // psql, the lab's own evidence, and Postgres's reserved ones.
    private const int Spare = 30;

    /// <summary>Connections that a process opens at its start: one, since each costs Postgres a process.</summary>
    public int PoolMin => 1;

    /// <summary>Connections that a process may have: Synapse's default of 10 where few share Postgres, fewer where many do.</summary>
    public int PoolMax => Processes switch { <= 12 => 10, <= 40 => 6, _ => 4 };

    /// <summary>Postgres's <c>max_connections</c>.</summary>
    public int MaxConnections => (Processes * PoolMax) + Spare;
}
