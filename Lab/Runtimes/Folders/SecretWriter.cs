using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SynapseLab.Deployments;

namespace SynapseLab.Runtimes.Folders;

/// <summary>
/// Makes the secrets of a lab: random for each lab, in files that the owner alone can read (0600), never logged.
/// A secret that is there already is kept.
/// </summary>
/// <param name="time">Decides the validity of certificates: from an hour ago, for 90 days.</param>
public sealed class SecretWriter(TimeProvider time)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    /// <summary>Writes all secrets. Order does not matter: password files and certificates find what they need in the list.</summary>
    /// <exception cref="LabException">A secret names a secret or an authority that is not in the list (exit code 2).</exception>
    public void Write(LabFolder folder, IReadOnlyList<SecretFile> secrets)
    {
        foreach (var secret in secrets.Where(secret => secret.Kind == SecretKind.Random))
        {
            // 256 bits, base64url without padding: no character that a URL, a shell or YAML minds.
            WriteNew(
                folder,
                secret.Path,
                () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_'));
        }

        foreach (var secret in secrets.Where(secret => secret.Kind == SecretKind.SigningKey))
        {
            WriteNew(folder, secret.Path, SigningKey);
        }

        foreach (var secret in secrets.Where(secret => secret.Kind == SecretKind.PasswordFile))
        {
            var password = File.ReadAllText(folder.File(secret.Subject ?? throw Missing(secret, "the secret with its password")));
            WriteNew(folder, secret.Path, () => $"*:*:*:*:{password}\n");
        }

        WriteCertificates(folder, secrets);
    }

    private void WriteCertificates(LabFolder folder, IReadOnlyList<SecretFile> secrets)
    {
        var wanted = secrets
            .Where(secret => secret.Kind == SecretKind.Certificate && !File.Exists(folder.File(secret.Path + ".crt")))
            .ToArray();
        var authority = secrets.FirstOrDefault(secret => secret.Kind == SecretKind.CertificateAuthority);
        if (authority is null)
        {
            if (wanted.Length > 0)
            {
                throw Missing(wanted[0], "a certificate authority");
            }

            return;
        }

        using var ca = Authority(folder, authority);
        foreach (var secret in wanted)
        {
            var name = secret.Subject ?? throw Missing(secret, "a server name");
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            // 127.0.0.1, so that a client on this machine can check the certificate too.
            names.AddIpAddress(System.Net.IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(ca, true, false));
            // As long as the authority's: a certificate may not outlive it, not even by the second in which it is made later.
            using var certificate = request.Create(ca, ca.NotBefore, ca.NotAfter, RandomNumberGenerator.GetBytes(16));
            WriteNew(folder, secret.Path + ".key", () => key.ExportPkcs8PrivateKeyPem() + "\n");
            WriteNew(folder, secret.Path + ".crt", () => certificate.ExportCertificatePem() + "\n");
        }
    }

    private X509Certificate2 Authority(LabFolder folder, SecretFile secret)
    {
        var certificateFile = folder.File(secret.Path + ".crt");
        var keyFile = folder.File(secret.Path + ".key");
        if (File.Exists(certificateFile))
        {
            return X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Synapse lab", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var (from, to) = Validity();
        var authority = request.CreateSelfSigned(from, to);
        WriteNew(folder, secret.Path + ".key", () => key.ExportPkcs8PrivateKeyPem() + "\n");
        WriteNew(folder, secret.Path + ".crt", () => authority.ExportCertificatePem() + "\n");
        return authority;
    }

    // An hour back: clocks of containers that were paused or restored may lag.
    private (DateTimeOffset From, DateTimeOffset To) Validity() => (time.GetUtcNow().AddHours(-1), time.GetUtcNow() + Lifetime);

    // signedjson's file format, one line: algorithm, key id, unpadded base64 of the 32 byte seed: ed25519 a_AbCd u9x...
    private static string SigningKey()
    {
        const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var id = RandomNumberGenerator.GetString(letters, 4);
        return $"ed25519 a_{id} {Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=')}\n";
    }

    private static LabException Missing(SecretFile secret, string what) =>
        LabException.WrongUse($"secret {secret.Path} lacks {what}", fix: "This is a mistake in the lab's own deployment, please report it");

    private static void WriteNew(LabFolder folder, string path, Func<string> contents)
    {
        if (File.Exists(folder.File(path)))
        {
            return;
        }

        folder.CreateFolderOf(path, ownerOnly: true);
        using var stream = new FileStream(folder.File(path), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        });
        stream.Write(Encoding.ASCII.GetBytes(contents()));
    }
}
