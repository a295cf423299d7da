using Npgsql;
using SynapseLab.Deployments;
using SynapseLab.Plans;

namespace SynapseLab.Runtimes.Folders;

/// <summary>A lab's Postgres as it is reached from this machine: at its published port, as Synapse's own user.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="folder">Its folder, with the password.</param>
internal sealed class LabDatabase(Deployment deployment, LabFolder folder)
{
    /// <summary>The server's own database, in which none of Synapse's is used.</summary>
    public const string Server = "postgres";

    /// <summary>How to connect.</summary>
    /// <param name="database">The database's name, see <see cref="Homeserver.Database"/>, or <see cref="Server"/>.</param>
    /// <exception cref="IOException">The lab's folder has no password: the lab was taken down.</exception>
    public NpgsqlConnectionStringBuilder Connection(string database)
    {
        var sql = deployment.Endpoints.Single(endpoint => endpoint.Name == "sql").Uri;
        var password = deployment.Secrets.First(secret => secret.Kind == SecretKind.PasswordFile);
        return new NpgsqlConnectionStringBuilder
        {
            Host = sql.Host,
            Port = sql.Port,
            Username = "synapse",
            Database = database,
            Password = File.ReadAllText(folder.File(password.Subject!)).Trim(),
            SslMode = SslMode.Disable,
        };
    }
}
