namespace SynapseLab.Deployments;

/// <summary>A secret in the lab's folder; its contents come from outside and are in no other file.</summary>
/// <param name="Path">Relative: <c>hs1/secrets/macaroon_secret_key</c>. For certificates: the path without ending.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Subject">Server name for a certificate or signing key; for a password file the path of the secret with the password;
/// null otherwise.</param>
public sealed record SecretFile(string Path, SecretKind Kind, string? Subject = null);

/// <summary>What kind of secret a file holds.</summary>
public enum SecretKind
{
    /// <summary>A random word of 256 bits, base64url without padding, no line end.</summary>
    Random,

    /// <summary>Synapse's signing key: <c>ed25519 a_AbCd base64</c>.</summary>
    SigningKey,

    /// <summary>libpq password file, one line for any host, database and user: <c>*:*:*:*:PASSWORD</c>,
    /// with the contents of another secret as password.</summary>
    PasswordFile,

    /// <summary>The lab's certificate authority: PEM certificate (<c>ca.crt</c>) and key (<c>ca.key</c>) beside it.</summary>
    CertificateAuthority,

    /// <summary>A PEM certificate for a server name, signed by the lab's CA, and its key beside it (<c>.crt</c>, <c>.key</c>).</summary>
    Certificate,
}
