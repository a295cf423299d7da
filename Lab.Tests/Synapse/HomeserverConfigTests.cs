using SynapseLab.Deployments;
using SynapseLab.Tests.Topologies;
using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.Synapse;

/// <summary>Rules of homeserver.yaml and the worker files; whole files are compared with compose/ in ComposeFolderTests.</summary>
public sealed class HomeserverConfigTests
{
    private const string Workers = """
        homeservers:
          hs1.test:
            main: {}
            workers:
              writer: {role: stream_writer}
              sender: {role: federation_sender}
        """;

    private static IReadOnlyDictionary<string, object?> Read(string topology, string file = "hs1/homeserver.yaml")
    {
        var text = DeploymentBuilder.Build(TopologyText.Read(topology), new DeploymentInputs()).Files
            .Single(one => one.Path == file).Contents;
        var problems = new FileProblems(file);
        var node = YamlText.Parse(text, problems);
        Assert.Empty(problems.InOrder());
        return Map(YamlValues.ToValue(node!));
    }

    private static IReadOnlyDictionary<string, object?> Map(object? value) =>
        Assert.IsAssignableFrom<IReadOnlyDictionary<string, object?>>(value);

    private static IReadOnlyList<object?> List(object? value) => Assert.IsAssignableFrom<IReadOnlyList<object?>>(value);

    [Fact]
    public void Main_is_called_main_in_instance_map_and_master_everywhere_else()
    {
        var config = Read(Workers + "\n    stream_writers: {receipts: [main, writer]}\n    federation_sender_instances: [main, sender]\n");
        Assert.Equal(["main", "writer"], Map(config["instance_map"]).Keys);
        Assert.Equal(["master", "writer"], List(Map(config["stream_writers"])["receipts"]));
        Assert.Equal(["master", "sender"], List(config["federation_sender_instances"]));
    }

    [Fact]
    public void Every_instance_in_the_map_listens_for_replication_where_the_map_says()
    {
        const string Topology = Workers
            + "\n    stream_writers: {receipts: writer}"
            + "\n    federation_sender_instances: sender"
            + "\n    outbound_federation_restricted_to: sender\n";
        var instances = Map(Read(Topology)["instance_map"]);
        Assert.Equal(["main", "writer", "sender"], instances.Keys);
        foreach (var name in new[] { "writer", "sender" })
        {
            var listener = List(Read(Topology, $"hs1/workers/{name}.yaml")["worker_listeners"]).Select(Map)
                .Single(one =>
                    one.TryGetValue("resources", out var resources) && List(Map(List(resources)[0])["names"]).Contains("replication"));
            Assert.Equal(Map(instances[name])["port"], listener["port"]);
            Assert.Equal(name, Map(instances[name])["host"]);
        }
    }

    [Fact]
    public void Without_senders_in_the_topology_main_sends_because_the_option_is_absent()
    {
        var config = Read("homeservers: {hs1.test: {main: {}}}");
        Assert.False(config.ContainsKey("federation_sender_instances"));
        Assert.False(config.ContainsKey("redis"));
        Assert.False(config.ContainsKey("instance_map"));
        Assert.False(config.ContainsKey("worker_replication_secret_path"));
    }

    [Fact]
    public void An_option_of_the_topology_wins_key_by_key()
    {
        var config = Read(
            "homeservers: {hs1.test: {main: {}, options: {federation: {client_timeout: 5s, max_long_retries: 9}, rc_message: "
                + "{per_second: 1}, user_agent_suffix: lab}}}");
        var federation = Map(config["federation"]);
        Assert.Equal("5s", federation["client_timeout"]);
        Assert.Equal(9L, federation["max_long_retries"]);
        Assert.Equal("1s", federation["destination_min_retry_interval"]);
        Assert.Equal(1L, Map(config["rc_message"])["per_second"]);
        Assert.Equal("lab", config["user_agent_suffix"]);
    }

    [Theory]
    [InlineData("'1:30'", "1:30")]
    [InlineData("'no'", "no")]
    [InlineData("no", false)]
    [InlineData("1.0e+20", 1e20)]
    [InlineData("3", 3L)]
    [InlineData("\"a: \\\"b\\\" # c\\n\"", "a: \"b\" # c\n")]
    [InlineData("~", null)]
    public void An_option_means_the_same_after_it_was_written(string written, object? value) =>
        Assert.Equal(
            value,
            List(Map(Read($"homeservers: {{hs1.test: {{main: {{}}, options: {{modules: {{deep: [{written}]}}}}}}}}")["modules"])["deep"])[0]);

    [Fact]
    public void Presence_is_as_Synapse_has_it_unless_the_topology_says_otherwise()
    {
        Assert.False(
            Read(Workers + "\n    stream_writers: {receipts: writer}\n    federation_sender_instances: sender\n").ContainsKey("presence"));
        Assert.Equal(false, Map(Read("homeservers: {hs1.test: {main: {}, options: {presence: {enabled: no}}}}")["presence"])["enabled"]);
    }

    [Fact]
    public void Where_login_is_delegated_the_lab_writes_no_registration_with_which_Synapse_would_not_start()
    {
        var config = Read(
            "homeservers: {hs1.test: {main: {}, options: {matrix_authentication_service: {enabled: true, endpoint: 'http://mas.test/', "
                + "secret: abc}}}}");
        Assert.False(config.ContainsKey("enable_registration"));
        Assert.False(config.ContainsKey("enable_registration_without_verification"));
    }

    [Fact]
    public void Pools_are_tuned_and_the_connection_stays_the_lab_s()
    {
        var args = Map(
            Map(Read("homeservers: {hs1.test: {main: {}, options: {database: {args: {cp_min: 2, cp_max: 3}}}}}")["database"])["args"]);
        Assert.Equal((2L, 3L, "postgres"), (args["cp_min"], args["cp_max"], args["host"]));
    }

    [Fact]
    public void A_log_configuration_that_is_brought_in_is_every_process_s()
    {
        const string Topology = """
            homeservers:
              hs1.test:
                main: {}
                workers: {reader: {role: client_reader}}
                files: {log.yaml: my-log.yaml}
                options: {log_config: /config/files/log.yaml}
            """;
        Assert.Equal("/config/files/log.yaml", Read(Topology)["log_config"]);
        Assert.Equal("/config/files/log.yaml", Read(Topology, "hs1/workers/reader.yaml")["worker_log_config"]);
    }

    [Fact]
    public void Where_a_worker_is_the_media_repository_main_is_none()
    {
        const string Topology = "homeservers: {hs1.test: {main: {}, workers: {media: {role: media_repository}}}}";
        var config = Read(Topology);
        Assert.Equal(false, config["enable_media_repo"]);
        Assert.Equal("media", config["media_instance_running_background_jobs"]);
        Assert.Equal(true, Read(Topology, "hs1/workers/media.yaml")["enable_media_repo"]);
    }

    [Fact]
    public void Only_the_role_s_own_resources_are_served()
    {
        var sender = Read(
            Workers + "\n    stream_writers: {receipts: writer}\n    federation_sender_instances: sender\n",
            "hs1/workers/sender.yaml");
        var listeners = List(sender["worker_listeners"]).Select(Map).ToArray();
        Assert.Equal(["http", "metrics"], listeners.Select(listener => listener["type"]));
        Assert.Equal(["health"], List(Map(List(listeners[0]["resources"])[0])["names"]));
    }

    [Theory]
    [InlineData(1, 5, 100)]
    [InlineData(20, 100, 130)]
    [InlineData(60, 300, 330)]
    public void All_pools_together_fit_into_postgres(int workers, int possible, int most)
    {
        var several = workers == 1 ? "" : $", workers: {{reader: {{role: client_reader, count: {workers - 1}}}}}";
        Assert.Equal(
            new SynapseLab.Plans.ConnectionPlan(workers, possible, most),
            Plan($"homeservers: {{hs1.test: {{main: {{}}{several}}}}}"));
    }

    [Fact]
    public void A_topology_may_let_connections_run_out()
    {
        var plan = Plan("postgres: {max_connections: 12}\nhomeservers: {hs1.test: {main: {}, options: {database: {args: {cp_max: 20}}}}}");
        Assert.Equal(new SynapseLab.Plans.ConnectionPlan(1, 20, 12), plan);
        Assert.EndsWith("they can run out.", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_of_the_process_stands_before_each_log_line()
    {
        var log = Read(
            Workers + "\n    stream_writers: {receipts: writer}\n    federation_sender_instances: sender\n",
            "hs1/log/writer.yaml");
        Assert.StartsWith("[writer] %(asctime)s - ", (string)Map(Map(log["formatters"])["lab"])["format"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_shared_container_the_launcher_writes_the_name_and_the_log_does_not()
    {
        var log = Read(
            "packing: one-container\n" + Workers + "\n    stream_writers: {receipts: writer}\n    federation_sender_instances: sender\n",
            "hs1/log/writer.yaml");
        Assert.StartsWith("%(asctime)s - ", (string)Map(Map(log["formatters"])["lab"])["format"]!, StringComparison.Ordinal);
    }

    private static SynapseLab.Plans.ConnectionPlan Plan(string topology)
    {
        var read = TopologyText.Read(topology);
        return SynapseLab.Plans.ConnectionPlan.Of(
            DeploymentBuilder.Build(read, new DeploymentInputs()).Homeservers,
            read.PostgresMaxConnections);
    }
}
