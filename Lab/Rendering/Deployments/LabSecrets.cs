using SynapseLab.Plans;

namespace SynapseLab.Deployments;

/// <summary>The secrets of a lab: where each lies in the lab's folder.
/// Their contents are made elsewhere and stand in no rendered file.</summary>
public static class LabSecrets
{
    /// <summary>Postgres's password for the user <c>synapse</c>.</summary>
    public const string PostgresPassword = "secrets/postgres_password";

    /// <summary>The same as libpq's password file.</summary>
    public const string PostgresPasswordFile = "secrets/pgpass";

    /// <summary>Redis's password.</summary>
    public const string RedisPassword = "secrets/redis_password";

    /// <summary>The certificate authority, without ending.</summary>
    public const string CertificateAuthority = "certs/ca";

    /// <summary>The certificate of a homeserver, without ending; the proxy reads it.</summary>
    public static string Certificate(Homeserver homeserver) => $"proxy/certs/{homeserver.ServerName}";

    /// <summary>A secret of one homeserver.</summary>
    public static string Of(Homeserver homeserver, string name) => $"{homeserver.Key}/secrets/{name}";

    internal static IReadOnlyList<SecretFile> All(IReadOnlyList<Homeserver> homeservers)
    {
        var secrets = new List<SecretFile>
        {
            new(CertificateAuthority, SecretKind.CertificateAuthority),
            new(PostgresPasswordFile, SecretKind.PasswordFile, PostgresPassword),
            new(PostgresPassword, SecretKind.Random),
        };
        if (homeservers.Any(homeserver => homeserver.Processes.Count > 1))
        {
            secrets.Add(new SecretFile(RedisPassword, SecretKind.Random));
        }

        foreach (var homeserver in homeservers)
        {
            secrets.Add(new SecretFile(Certificate(homeserver), SecretKind.Certificate, homeserver.ServerName));
            secrets.Add(new SecretFile(Of(homeserver, "signing.key"), SecretKind.SigningKey, homeserver.ServerName));
            string[] random = ["form_secret", "macaroon_secret_key", "registration_shared_secret"];
            secrets.AddRange(random.Select(name => new SecretFile(Of(homeserver, name), SecretKind.Random)));
            if (homeserver.Processes.Count > 1)
            {
                secrets.Add(new SecretFile(Of(homeserver, "worker_replication_secret"), SecretKind.Random));
            }
        }

        return [.. secrets.OrderBy(secret => secret.Path, StringComparer.Ordinal)];
    }
}
