namespace SynapseLab.Plans;

/// <summary>Database connections: each process has a pool,
/// and Postgres has room for all pools unless the topology says how much it has.</summary>
/// <param name="Processes">Synapse processes on the one Postgres.</param>
/// <param name="Possible">Connections that their pools may have together.</param>
/// <param name="MaxConnections">Postgres's <c>max_connections</c>.</param>
public sealed record ConnectionPlan(int Processes, int Possible, int MaxConnections)
{
    /// <summary>Connections of one pool where <c>database.args.cp_max</c> is not among the options (twisted/enterprise/adbapi.py,
    /// ConnectionPool.max).</summary>
    public const int PoolMax = 5;

    // psql, the lab's own evidence, and Postgres's reserved ones.
    private const int Spare = 30;

    // Postgres's own default, below which the lab does not go by itself.
    private const int PostgresDefault = 100;

    /// <summary>The plan of a lab.</summary>
    /// <param name="homeservers">Its homeservers.</param>
    /// <param name="maxConnections">What the topology wants of Postgres; null: as many as needed.</param>
    public static ConnectionPlan Of(IReadOnlyList<Homeserver> homeservers, int? maxConnections)
    {
        var possible = homeservers.Sum(homeserver => homeserver.Processes.Count * (homeserver.Topology.PoolMax ?? PoolMax));
        return new ConnectionPlan(
            homeservers.Sum(homeserver => homeserver.Processes.Count),
            possible,
            maxConnections ?? Math.Max(PostgresDefault, possible + Spare));
    }

    /// <summary>What a reader of the configuration should know of it.</summary>
    public override string ToString() => MaxConnections >= Possible
        ? $"Every process has its own pool: {Processes} processes with up to {Possible} connections together stay below Postgres's max_connections of {MaxConnections}."
        : $"Every process has its own pool: {Processes} processes may want {Possible} connections together, and Postgres has {MaxConnections}, as the topology says: they can run out.";
}
