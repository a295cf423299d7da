using SynapseLab.Deployments;
using SynapseLab.Runtimes.Collecting;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Collecting;

public sealed class RedactorTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly LabFolder _folder;
    private readonly LabState _lab;

    public RedactorTests()
    {
        _folder = new LabFolder(_temporary.File("lab"));
        var topology = TopologyFile.Parse("my.yaml", """
            homeservers:
              hs1.test:
                main: {}
                workers: {generic_worker: {role: generic_worker}}
                options: {turn_shared_secret: of the turn server, email: {smtp_pass: "123"}}
            """).Topology!;
        _lab = new LabState
        {
            Phase = LabPhase.Failed,
            Runtime = "compose",
            StarterPid = 1,
            StarterStart = 1,
            StartedAt = DateTimeOffset.UnixEpoch,
            Inputs = new DeploymentInputs(),
            TopologyText = topology.Text,
            Deployment = DeploymentBuilder.Build(topology, new DeploymentInputs()),
        };
        new SecretWriter(TimeProvider.System).Write(_folder, _lab.Deployment.Secrets);
    }

    private Redactor Redactor => Redactor.Of(_lab, _folder, _lab.Deployment.Files);

    [Fact]
    public void Every_secret_that_the_lab_has_made_is_left_out_wherever_it_stands()
    {
        var files = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".crt", StringComparison.Ordinal))
            .ToArray();
        Assert.Contains(files, file => file.EndsWith("signing.key", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith("ca.key", StringComparison.Ordinal));
        foreach (var line in files.SelectMany(File.ReadAllLines).Where(line => !line.StartsWith('-')))
        {
            // *:*:*:*:PASSWORD, ed25519 a_AbCd SEED
            var secret = line.Split(' ', ':')[^1];
            Assert.Equal("before redacted, after", Redactor.Text($"before {secret}, after"));
        }
    }

    [Fact]
    public void What_a_topology_says_is_left_out_of_it_of_the_configuration_and_of_what_a_process_writes()
    {
        Assert.Contains("turn_shared_secret: redacted", Redactor.Topology(_lab.TopologyText), StringComparison.Ordinal);
        var homeserver = Redactor.File(_lab.Deployment.Files.Single(file => file.Path == "hs1/homeserver.yaml"));
        Assert.Matches("(?m)^turn_shared_secret: redacted$", homeserver);
        Assert.Matches("smtp_pass: redacted", homeserver);
        Assert.Equal("bad value 'redacted' in line 123", Redactor.Text("bad value 'of the turn server' in line 123"));
    }

    [Theory]
    [InlineData("syt_YWxpY2U_aBcDeFgHiJkLmNoPqRsT_1aB2c3 of alice", "redacted of alice")]
    [InlineData("refresh with syr_YWxpY2U_aBcDeFgHiJkLmNoPqRsT_1aB2c3", "refresh with redacted")]
    [InlineData("GET /sync?access_token=anything&since=1", "GET /sync?access_token=redacted&since=1")]
    [InlineData("GET /sync?access_token=redacted&since=1", "GET /sync?access_token=redacted&since=1")]
    [InlineData("Authorization: Bearer of-an-application-service", "Authorization: Bearer redacted")]
    [InlineData("('alice', '$2b$04$ABCDEFGHIJKLMNOPQRSTUuABCDEFGHIJKLMNOPQRSTUVWXYZabcde', 1)", "('alice', 'redacted', 1)")]
    [InlineData("proxy http://me:mine@proxy.test:3128/", "proxy http://me:redacted@proxy.test:3128/")]
    [InlineData("a\n-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\nb", "a\nredacted\nb")]
    [InlineData("system syt_ and http://hs1.test:8008/path@x", "system syt_ and http://hs1.test:8008/path@x")]
    public void What_Synapse_issues_and_what_stands_where_a_token_does_is_known_by_its_form(string line, string without) =>
        Assert.Equal(without, Redactor.Text(line));

    public void Dispose() => _temporary.Dispose();
}
