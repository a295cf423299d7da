using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Folders;

public sealed class SecretWriterTests : IDisposable
{
    private static readonly SecretFile[] Secrets =
    [
        new("certs/ca", SecretKind.CertificateAuthority),
        new("proxy/certs/hs1.test", SecretKind.Certificate, "hs1.test"),
        new("secrets/pgpass", SecretKind.PasswordFile, "secrets/postgres_password"),
        new("secrets/postgres_password", SecretKind.Random),
        new("hs1/secrets/signing.key", SecretKind.SigningKey, "hs1.test"),
    ];

    private readonly TemporaryFolder _temporary = new();
    private readonly LabFolder _folder;

    public SecretWriterTests()
    {
        _folder = new LabFolder(_temporary.File("lab"));
        new SecretWriter(TimeProvider.System).Write(_folder, Secrets);
    }

    [Fact]
    public void A_random_secret_has_256_bits_and_no_character_that_a_URL_or_a_shell_minds() =>
        Assert.Matches(new Regex("^[A-Za-z0-9_-]{43}$"), Read("secrets/postgres_password"));

    [Fact]
    public void A_password_file_holds_the_other_secret_as_libpq_wants_it() =>
        Assert.Equal($"*:*:*:*:{Read("secrets/postgres_password")}\n", Read("secrets/pgpass"));

    [Fact]
    public void A_signing_key_is_in_the_format_of_signedjson() =>
        Assert.Matches(new Regex("^ed25519 a_[A-Za-z]{4} [A-Za-z0-9+/]{43}\n$"), Read("hs1/secrets/signing.key"));

    [Fact]
    public void A_certificate_is_for_its_server_and_trusted_through_the_lab_s_authority_alone()
    {
        using var certificate = X509Certificate2.CreateFromPemFile(
            _folder.File("proxy/certs/hs1.test.crt"),
            _folder.File("proxy/certs/hs1.test.key"));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(_folder.File("certs/ca.crt"));

        Assert.True(certificate.HasPrivateKey);
        Assert.True(certificate.MatchesHostname("hs1.test"));
        Assert.False(certificate.MatchesHostname("hs2.test"));
        Assert.True(Builds(certificate, authority));
        using var other = new TemporaryFolder();
        new SecretWriter(TimeProvider.System).Write(new LabFolder(other.File("lab")), Secrets);
        using var stranger = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(other.File("lab"), "certs/ca.crt"));
        Assert.False(Builds(certificate, stranger));
    }

    [Fact]
    public void The_owner_alone_reads_them()
    {
        var files = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).ToArray();

        Assert.Equal(7, files.Length);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.Path));
    }

    [Fact]
    public void What_is_there_already_is_kept()
    {
        var before = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllText);

        new SecretWriter(TimeProvider.System).Write(_folder, Secrets);

        Assert.All(before, pair => Assert.Equal(pair.Value, File.ReadAllText(pair.Key)));
    }

    [Fact]
    public void A_certificate_without_an_authority_is_refused()
    {
        var problem = Assert.Throws<LabException>(() => new SecretWriter(TimeProvider.System).Write(
            new LabFolder(_temporary.File("other")), [new("proxy/certs/hs1.test", SecretKind.Certificate, "hs1.test")]));

        Assert.Equal(ExitCodes.WrongUse, problem.ExitCode);
    }

    public void Dispose() => _temporary.Dispose();

    private static bool Builds(X509Certificate2 certificate, X509Certificate2 root)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private string Read(string path) => File.ReadAllText(_folder.File(path));
}
