using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using SynapseLab.Deployments;
using SynapseLab.Deployments.Compose;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Deployments.Compose;

/// <summary>make-secrets of a Compose project, run for real in a folder of its own.</summary>
public sealed class SecretsScriptTests(ProjectWithSecrets project) : IClassFixture<ProjectWithSecrets>
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _folder = project.Folder;
    private readonly Deployment _deployment = project.Deployment;

    [Fact]
    public void Every_secret_of_the_deployment_is_made_for_its_owner_alone() =>
        Assert.All(_deployment.Secrets.SelectMany(Paths), path => Assert.Equal(OwnerOnly, File.GetUnixFileMode(path)));

    [Fact]
    public void Every_certificate_is_for_its_server_and_signed_by_the_lab_s_authority()
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_folder.FullName, "certs/ca.crt"));
        Assert.All(_deployment.Homeservers, homeserver =>
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(
                Path.Combine(_folder.FullName, $"proxy/certs/{homeserver.ServerName}.crt"));
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(authority);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            Assert.True(chain.Build(certificate));
            Assert.True(certificate.MatchesHostname(homeserver.ServerName));
            Assert.False(certificate.MatchesHostname("other.test"));
        });
    }

    [Fact]
    public void The_password_file_holds_the_password_of_postgres()
    {
        var password = File.ReadAllText(Path.Combine(_folder.FullName, LabSecrets.PostgresPassword));
        Assert.Matches("^[A-Za-z0-9_-]{43}$", password);
        Assert.Equal($"*:*:*:*:{password}\n", File.ReadAllText(Path.Combine(_folder.FullName, LabSecrets.PostgresPasswordFile)));
    }

    [Fact]
    public void A_signing_key_has_the_form_that_synapse_reads() =>
        Assert.Matches(
            "^ed25519 a_[0-9a-f]{4} [A-Za-z0-9+/]{43}\n$",
            File.ReadAllText(Path.Combine(_folder.FullName, "hs2/secrets/signing.key")));

    [Fact]
    public void What_is_there_already_is_kept()
    {
        var before = _deployment.Secrets.SelectMany(Paths).Select(File.ReadAllText).ToArray();
        project.MakeSecrets();
        Assert.Equal(before, _deployment.Secrets.SelectMany(Paths).Select(File.ReadAllText));
    }

    private IEnumerable<string> Paths(SecretFile secret) => secret.Kind is SecretKind.Certificate or SecretKind.CertificateAuthority
        ? [Path.Combine(_folder.FullName, $"{secret.Path}.crt"), Path.Combine(_folder.FullName, $"{secret.Path}.key")]
        : [Path.Combine(_folder.FullName, secret.Path)];
}

/// <summary>A Compose project in a folder of its own, with its secrets made.</summary>
public sealed class ProjectWithSecrets : IDisposable
{
    public ProjectWithSecrets()
    {
        LabFileWriter.Write(new LabFolder(Folder.FullName), ComposeRenderer.RenderProject(Deployment));
        MakeSecrets();
    }

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("synapse-lab-secrets");

    public Deployment Deployment { get; } = KnownTopologies.Build("federation");

    public void MakeSecrets()
    {
        using var script = Process.Start(new ProcessStartInfo("sh", [Path.Combine(Folder.FullName, "make-secrets")]))!;
        script.WaitForExit();
        Assert.Equal(0, script.ExitCode);
    }

    public void Dispose() => Folder.Delete(recursive: true);
}
