using System.Net;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Health;

/// <summary>
/// What is said of each part of a lab, by what was seen of each: main, a worker that writes events, one that sends to others, and what they
/// need.
/// </summary>
public sealed class HealthJudgementTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 3, 41, TimeSpan.Zero);
    private static readonly string[] Names = ["postgres", "redis", "proxy", "main", "generic_worker1", "persister1", "sender1"];
    private static readonly Deployment Tcp = Deploy("");

    private readonly Dictionary<string, PartSeen> _seen = Well(Tcp);

    [Fact]
    public void All_is_healthy_where_every_part_says_so_itself() => Says(Names.ToDictionary(name => name, _ => "healthy"));

    [Fact]
    public void A_Redis_that_is_cut_off_is_healthy_by_itself_and_no_process_is_called_just_healthy()
    {
        See("redis", new PartState(PartRun.Running, CutOff: true), FaultKind.CutOff, "./lab partition redis");

        Says(new()
        {
            ["postgres"] = "healthy",
            ["redis"] = "healthy by itself, cut off from the lab's network since 12:03:41 UTC by ./lab partition redis",
            ["proxy"] = "healthy",
            ["main"] = "healthy, but redis is cut off",
            ["generic_worker1"] = "healthy, but redis is cut off",
            ["persister1"] = "healthy, but redis is cut off",
            ["sender1"] = "healthy, but redis is cut off",
        });
    }

    [Fact]
    public void While_main_is_paused_the_others_are_healthy_and_miss_main()
    {
        See("main", new PartState(PartRun.Paused), FaultKind.Paused, "./lab pause main");
        _seen["proxy"] = _seen["proxy"] with
        {
            Unreached = new Dictionary<string, string> { ["hs1"] = "main gives clients no answer within 2 s" },
        };

        Says(new()
        {
            ["postgres"] = "healthy",
            ["redis"] = "healthy",
            ["proxy"] = "healthy, but main is paused",
            ["main"] = "paused since 12:03:41 UTC by ./lab pause main",
            ["generic_worker1"] = "healthy, but main is paused",
            ["persister1"] = "healthy, but main is paused",
            ["sender1"] = "healthy, but main is paused",
        });
    }

    [Fact]
    public void A_main_that_hangs_is_not_ready_and_the_others_say_that_it_does_not_answer()
    {
        _seen["main"] = _seen["main"] with { Own = Observation.No("no answer within 2 s"), Metrics = null };

        var health = Judge();

        Assert.Equal("not ready: no answer within 2 s", health["main"]);
        Assert.Equal("healthy, but main does not answer", health["generic_worker1"]);
        Assert.Equal("healthy, but main does not answer", health["proxy"]);
    }

    [Fact]
    public void A_proxy_that_is_stopped_changes_nothing_for_the_others()
    {
        See("proxy", new PartState(PartRun.Ended), FaultKind.Stopped, "./lab stop proxy");

        var health = Judge();

        Assert.Equal("stopped since 12:03:41 UTC by ./lab stop proxy", health["proxy"]);
        Assert.All(Names.Where(name => name != "proxy"), name => Assert.Equal("healthy", health[name]));
    }

    [Fact]
    public void A_writer_that_was_killed_is_missed_by_those_who_ask_it_and_a_sender_by_nobody()
    {
        See("persister1", new PartState(PartRun.Ended) { ExitCode = 137 }, FaultKind.Killed, "./lab kill persister1");
        Assert.Equal("healthy, but persister1 is killed", Judge()["generic_worker1"]);
        Assert.Equal("healthy, but persister1 is killed", Judge()["main"]);

        _seen["persister1"] = Well(Tcp)["persister1"];
        See("sender1", new PartState(PartRun.Ended) { ExitCode = 137 }, FaultKind.Killed, "./lab kill sender1");
        Assert.All(Names.Where(name => name != "sender1"), name => Assert.Equal("healthy", Judge()[name]));
    }

    [Fact]
    public void Several_that_are_missing_are_all_named()
    {
        See("main", new PartState(PartRun.Paused), FaultKind.Paused, "./lab pause main");
        See("postgres", new PartState(PartRun.Ended), FaultKind.Stopped, "./lab stop postgres");

        Assert.Equal("healthy, but postgres is stopped and main is paused", Judge()["generic_worker1"]);
    }

    [Fact]
    public void A_Postgres_that_takes_no_query_is_not_ready_in_its_own_words()
    {
        _seen["postgres"] = _seen["postgres"] with { Own = Observation.No("FATAL:  the database system is starting up") };

        Assert.Equal("not ready: FATAL:  the database system is starting up", Judge()["postgres"]);
        Assert.Equal("healthy, but postgres is not ready (FATAL:  the database system is starting up)", Judge()["main"]);
    }

    [Fact]
    public void A_worker_that_is_cut_off_is_said_to_be_so_and_not_what_it_misses()
    {
        See("generic_worker1", new PartState(PartRun.Running, CutOff: true), FaultKind.CutOff, "./lab partition generic_worker1");
        See("main", new PartState(PartRun.Paused), FaultKind.Paused, "./lab pause main");

        Assert.Equal(
            "healthy by itself, cut off from the lab's network since 12:03:41 UTC by ./lab partition generic_worker1",
            Judge()["generic_worker1"]);
        Assert.Equal("healthy, but main is paused and generic_worker1 is cut off", Judge()["proxy"]);
    }

    [Fact]
    public void A_process_whose_own_connection_to_Redis_is_lost_says_so_while_Redis_is_well()
    {
        _seen["sender1"] = _seen["sender1"] with { Metrics = Metrics(connections: 0) };

        Assert.Equal("healthy, but it is not subscribed to Redis", Judge()["sender1"]);
        Assert.Equal("healthy", Judge()["generic_worker1"]);
    }

    [Fact]
    public void A_connection_to_an_address_that_Redis_has_no_more_is_none_although_the_process_does_not_know_yet()
    {
        _seen["redis"] = _seen["redis"] with { Addresses = [IPAddress.Parse("172.23.0.99")] };

        Assert.Equal("healthy, but Redis has no subscriber at its address", Judge()["main"]);
    }

    [Fact]
    public void Over_Unix_sockets_a_Redis_that_is_cut_off_the_network_is_missed_by_nobody_and_a_Postgres_is()
    {
        var deployment = Deploy("sockets: unix\n");
        var seen = Well(deployment);
        seen["redis"] = seen["redis"] with { State = new PartState(PartRun.Running, CutOff: true) };
        Assert.Equal("healthy", Judge(deployment, seen)["main"]);

        seen["postgres"] = seen["postgres"] with { State = new PartState(PartRun.Running, CutOff: true) };
        Assert.Equal("healthy, but postgres is cut off", Judge(deployment, seen)["main"]);
    }

    [Fact]
    public void What_the_kernel_ended_for_lack_of_memory_says_its_limit_and_where_to_raise_it()
    {
        See(
            "persister1",
            new PartState(PartRun.Ended)
            {
                OutOfMemory = true,
                EndedAt = Noon,
                Memory = new MemoryLimit(125 << 20, "homeservers.hs1.test.workers.persister.limits.memory", "mine.yaml:7"),
            });

        Assert.Equal(
            "ended since 12:03:41 UTC: killed for lack of memory, having used all of its limit of 125 MiB. "
                + "Raise homeservers.hs1.test.workers.persister.limits.memory (mine.yaml:7)",
            Judge()["persister1"]);
        Assert.Equal("healthy, but persister1 has ended", Judge()["main"]);
    }

    [Fact]
    public void What_crashed_while_it_was_cut_off_has_ended_and_was_not_stopped()
    {
        See("redis", new PartState(PartRun.Ended, CutOff: true) { ExitCode = 1 }, FaultKind.CutOff, "./lab partition redis");

        Assert.Equal("healthy, but redis has ended", Judge()["main"]);
    }

    private void Says(Dictionary<string, string> expected) => Assert.Equal(expected, Judge());

    private Dictionary<string, string> Judge() => Judge(Tcp, _seen);

    private static Dictionary<string, string> Judge(Deployment deployment, Dictionary<string, PartSeen> seen) =>
        new HealthJudgement(deployment).Of([.. seen.Values]).ToDictionary(health => health.Part.Name, health => health.Sentence);

    private void See(string part, PartState state, FaultKind kind, string by) =>
        See(part, state.With([new ImposedFault(part, kind, Noon, by)]));

    // What does not run is asked nothing.
    private void See(string part, PartState state) =>
        _seen[part] = _seen[part] with
        {
            State = state,
            Own = state.Run == PartRun.Running ? _seen[part].Own : null,
            Metrics = state.Run == PartRun.Running ? _seen[part].Metrics : null,
        };

    private static Dictionary<string, PartSeen> Well(Deployment deployment)
    {
        var parts = LabPart.All(deployment);
        var addresses = parts.Index().ToDictionary(pair => pair.Item.Name, pair => IPAddress.Parse($"172.23.0.{pair.Index + 2}"));
        return parts.ToDictionary(part => part.Name, part => new PartSeen(part, new PartState(PartRun.Running), Observation.Yes("answers"))
        {
            Addresses = [addresses[part.Name]],
            Metrics = part.Process is null ? null : Metrics(connections: 1),
            Subscribers = part.Name != "redis"
                ? []
                : [.. parts.Where(one => one.Process is not null).Select(one => new RedisSubscriber(addresses[one.Name], addresses["redis"]))],
        });
    }

    private static Deployment Deploy(string more)
    {
        const string Text = """
            homeservers:
              hs1.test:
                main: {}
                workers:
                  generic_worker: {role: generic_worker, count: 1}
                  persister: {role: event_persister, count: 1}
                  sender: {role: federation_sender, count: 1}
                stream_writers: {events: persister}
                federation_sender_instances: sender

            """;
        var result = TopologyFile.Parse("mine.yaml", Text + more);
        Assert.Empty(result.Problems);
        return DeploymentBuilder.Build(result.Topology!, new DeploymentInputs());
    }

    private static MetricsSnapshot Metrics(int connections) => MetricsSnapshot.Parse($$"""
        synapse_replication_tcp_resource_total_connections{server_name="hs1.test"} {{connections}}.0
        synapse_replication_tcp_protocol_inbound_commands_total{command="REPLICATE",name="redis",server_name="hs1.test"} 1.0
        """);
}
