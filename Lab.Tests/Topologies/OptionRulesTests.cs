using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>
/// What is said of options that Synapse passes over in silence, of settings of the database, and of files that are brought in.
/// </summary>
public sealed class OptionRulesTests
{
    private const string SeeManual =
        "See Synapse's configuration manual; for an option of another Synapse, name its version under 'synapse'";

    [Theory]
    [InlineData("max_uplod_size: 1M", "Synapse 1.160.0 reads no option 'max_uplod_size'. Did you mean 'max_upload_size'?")]
    [InlineData("nothing_of_the_kind: 1", $"Synapse 1.160.0 reads no option 'nothing_of_the_kind'. {SeeManual}")]
    [InlineData("presence: {enable: no}", "Synapse 1.160.0 reads no 'enable' in 'presence'. Did you mean 'enabled'?")]
    [InlineData("rc_login: {adress: {per_second: 1}}", "Synapse 1.160.0 reads no 'adress' in 'rc_login'. Did you mean 'address'?")]
    [InlineData("experimental_features: {msc3861: {enabled: true}}", "Synapse has no 'msc3861' since 1.157 and does not start with it. Use 'matrix_authentication_service', or name an older version under 'synapse'")]
    public void An_option_that_Synapse_does_not_read_is_told_with_its_line(string option, string problem) =>
        Assert.Equal([$"my.yaml:5: {problem}"], TopologyText.Problems(Topology(option)));

    [Theory]
    [InlineData("max_upload_size: 1M")]
    [InlineData("presence: {enabled: no}")]
    [InlineData("trusted_key_servers: [{server_name: a.test}]")]
    [InlineData("oidc_providers: [{idp_id: mine}]")]
    [InlineData("retention: {enabled: yes, default_policy: {max_lifetime: 1y}}")]
    [InlineData("rc_message: {per_second: 1}")]
    public void An_option_that_it_reads_is_taken(string option) => TopologyText.Read(Topology(option));

    [Fact]
    public void Of_another_Synapse_it_is_not_known_what_it_reads() =>
        TopologyText.Read(
            "synapse: {version: v1.150.0}\n" + Topology("experimental_features: {msc3861: {enabled: true}}, option_of_long_ago: 1"));

    [Theory]
    [InlineData("database: {args: {host: elsewhere}}", "'host' is written by the lab and cannot stand in 'database.args'")]
    [InlineData("database: {name: sqlite3}", "'name' is written by the lab and cannot stand in 'database'")]
    [InlineData("database: 3", "'database' has to be a mapping")]
    [InlineData("database: {args: {cp_max: many}}", "'cp_max' has to be a whole number")]
    public void Where_Postgres_is_stays_the_lab_s(string option, string problem) =>
        Assert.StartsWith($"my.yaml:5: {problem}", Assert.Single(TopologyText.Problems(Topology(option))), StringComparison.Ordinal);

    [Fact]
    public void The_pool_s_size_is_the_topology_s() =>
        Assert.Equal(3, TopologyText.Read(Topology("database: {args: {cp_min: 1, cp_max: 3}}")).Homeservers[0].PoolMax);

    [Theory]
    [InlineData("log_config: /etc/log.yaml", "my.yaml:5: 'log_config' has to be a file that the topology brings in. Add it under 'files' and write /config/files/NAME")]
    [InlineData("app_service_config_files: [/config/files/irc.yml]", "my.yaml:5: the topology brings in no file 'irc.yml'. Did you mean 'irc.yaml'?")]
    public void A_file_that_is_not_brought_in_is_told(string option, string problem) =>
        Assert.Equal([problem], TopologyText.Problems(Topology(option)));

    [Theory]
    [InlineData("log_config: /config/files/log.yaml")]
    [InlineData("app_service_config_files: [/config/files/irc.yaml]")]
    [InlineData("templates: {custom_template_directory: /config/files/mail}")]
    public void A_file_or_folder_that_is_brought_in_may_be_named(string option) => TopologyText.Read(Topology(option));

    [Theory]
    [InlineData("../outside.yaml")]
    [InlineData("/etc/passwd")]
    [InlineData("mail/../../secrets")]
    public void A_file_stays_in_its_folder(string name) =>
        Assert.Contains(
            "a name of a file has to be names of",
            Assert.Single(TopologyText.Problems($"homeservers: {{hs1.test: {{main: {{}}, files: {{{name}: a.txt}}}}}}")),
            StringComparison.Ordinal);

    [Fact]
    public void The_contents_of_files_are_read_from_beside_the_topology()
    {
        var topology = TopologyText.Read(Topology("forget_rooms_on_leave: true"));
        var asked = new List<string>();

        var result = TopologyFile.WithFiles("my.yaml", topology, source =>
        {
            asked.Add(source);
            return "contents"u8.ToArray();
        });

        Assert.Equal(["log.yaml", "registrations/irc.yaml", "mail.html"], asked);
        Assert.All(result.Topology!.Homeservers[0].Files, file => Assert.Equal("contents", file.Contents));
    }

    [Fact]
    public void Files_that_cannot_be_read_are_all_told_with_their_lines()
    {
        var topology = TopologyText.Read(Topology("forget_rooms_on_leave: true"));

        var problems = TopologyFile.WithFiles("my.yaml", topology, source => source switch
        {
            "log.yaml" => throw new FileNotFoundException("there is none"),
            "mail.html" => [0xff, 0xfe],
            _ => new byte[ExtraFile.MaxBytes + 1],
        }).Problems;

        Assert.Equal(
            [
                "my.yaml:4: 'log.yaml' cannot be read: there is none. Paths are relative to the topology's own file",
                "my.yaml:4: 'registrations/irc.yaml' is larger than 1 MiB. Is it the right file?",
                "my.yaml:4: 'mail.html' is not text. Give a file in UTF-8",
            ],
            problems.Select(problem => problem.ToString()));
    }

    private static string Topology(string option) => $$"""
        homeservers:
          hs1.test:
            main: {}
            files: {log.yaml: log.yaml, irc.yaml: registrations/irc.yaml, mail/notice.html: mail.html}
            options: { {{option}} }
        """;
}
