using Npgsql;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Runtimes;

/// <summary>Connections to the databases of a lab's homeservers, as Synapse's own user; a pool for each.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="folder">Its folder, with the password.</param>
internal sealed class LabDatabases(Deployment deployment, LabFolder folder) : IAsyncDisposable
{
    // Synapse's processes need the rest of max_connections.
    private const int Handful = 8;

    private readonly Dictionary<string, NpgsqlDataSource> _pools = [];
    private readonly Lock _gate = new();

    /// <summary>The pool of a homeserver.</summary>
    /// <param name="homeserverName">Its server_name or short name; null: the first.</param>
    public NpgsqlDataSource Of(string? homeserverName)
    {
        var homeserver = deployment.HomeserverOf(homeserverName);
        lock (_gate)
        {
            return _pools.TryGetValue(homeserver.Key, out var known) ? known : _pools[homeserver.Key] = Open(homeserver.Database);
        }
    }

    /// <summary>The database server's own database, <c>postgres</c>, in which none of Synapse's is used. The caller disposes it.</summary>
    public NpgsqlDataSource OpenServer() => Open(LabDatabase.Server);

    /// <summary>Lets go of all connections: their sessions ended with the databases.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var pool in _pools.Values)
            {
                pool.Clear();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools.Values)
        {
            await pool.DisposeAsync();
        }
    }

    private NpgsqlDataSource Open(string database)
    {
        var connection = new LabDatabase(deployment, folder).Connection(database);
        connection.MaxPoolSize = Handful;
        return NpgsqlDataSource.Create(connection);
    }
}
