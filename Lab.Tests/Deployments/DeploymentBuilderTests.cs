using SynapseLab.Deployments;
using SynapseLab.Tests.Topologies;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Deployments;

/// <summary>
/// What a topology becomes. Every rendered file is compared as a whole in <see cref="Compose.ComposeFolderTests"/>; here are the rules.
/// </summary>
public sealed class DeploymentBuilderTests
{
    public static TheoryData<string> Names => KnownTopologies.Names;

    private static Deployment Build(string text, DeploymentInputs? inputs = null) =>
        DeploymentBuilder.Build(TopologyText.Read(text), inputs ?? new DeploymentInputs());

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_of_processes_containers_and_hosts_are_unique_in_the_lab(string topology)
    {
        var deployment = KnownTopologies.Build(topology);
        Assert.Distinct(deployment.Processes.Select(process => process.Id));
        Assert.Distinct(deployment.Containers.Select(container => container.Name));
        Assert.Distinct(deployment.Containers.SelectMany(container => container.Aliases.Append(container.Name)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Only_the_proxy_and_postgres_are_reached_from_this_machine(string topology)
    {
        var deployment = KnownTopologies.Build(topology);
        Assert.Equal(
            ["postgres", "proxy"],
            deployment.Containers
                .Where(container => container.Ports.Count > 0)
                .Select(container => container.Name)
                .Order(StringComparer.Ordinal));
        Assert.All(deployment.Endpoints, endpoint => Assert.Equal("127.0.0.1", endpoint.Uri.Host));
        Assert.Equal(
            deployment.Endpoints.Select(endpoint => endpoint.Uri.Port).Order(),
            deployment.Containers.SelectMany(container => container.Ports).Select(port => port.HostPort).Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_mount_has_a_source_among_files_and_secrets(string topology)
    {
        var deployment = KnownTopologies.Build(topology);
        var sources = deployment.Files.Select(file => file.Path)
            .Concat(
                deployment.Secrets.Select(secret =>
                    secret.Kind is SecretKind.Certificate or SecretKind.CertificateAuthority ? $"{secret.Path}.crt" : secret.Path))
            .ToArray();
        Assert.All(deployment.Containers.SelectMany(container => container.Mounts), mount =>
            Assert.Contains(sources, source => source == mount.Source || source.StartsWith(mount.Source + "/", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Synapse_reads_every_secret_from_a_file(string topology)
    {
        string[] inline =
        [
            "password:", "signing_key:", "macaroon_secret_key:", "form_secret:", "registration_shared_secret:",
            "worker_replication_secret:",
        ];
        Assert.All(KnownTopologies.Build(topology).Files.Where(file => file.Path.EndsWith(".yaml", StringComparison.Ordinal)), file =>
            Assert.All(inline, option =>
                Assert.DoesNotContain($" {option}", file.Contents.ReplaceLineEndings(" "), StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_container_starts_after_those_it_waits_for(string topology)
    {
        var started = new HashSet<string>();
        Assert.All(KnownTopologies.Build(topology).Containers, container =>
        {
            Assert.All(container.DependsOn, dependency => Assert.Contains(dependency.Container, started));
            started.Add(container.Name);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void On_a_prepared_database_nobody_waits_for_health(string topology) =>
        Assert.All(
            KnownTopologies.Build(topology, new DeploymentInputs { PreparedDatabase = true }).Containers
                .SelectMany(container => container.DependsOn),
            dependency => Assert.Equal(DependencyCondition.Started, dependency.Condition));

    [Fact]
    public void On_an_empty_database_workers_wait_for_main_which_makes_the_schema()
    {
        var containers = KnownTopologies.Build("reference").Containers;
        Assert.All(containers.Where(container => container.Kind == ContainerKind.Worker), worker =>
            Assert.Equal([new Dependency("main", DependencyCondition.Healthy)], worker.DependsOn));
        Assert.Contains(
            new Dependency("postgres", DependencyCondition.Healthy),
            containers.Single(container => container.Kind == ContainerKind.Main).DependsOn);
    }

    [Fact]
    public void The_reference_is_main_and_six_workers_with_the_writers_that_its_file_names()
    {
        var deployment = KnownTopologies.Build("reference");
        Assert.Equal(
            ["main", "generic_worker1", "generic_worker2", "generic_worker3", "events_persister1", "receipts_writer", "federation_sender1"],
            deployment.Processes.Select(process => process.Id));
        Assert.Equal(
            [
                "postgres", "redis", "main", "generic_worker1", "generic_worker2", "generic_worker3", "events_persister1",
                "receipts_writer", "federation_sender1", "proxy",
            ],
            deployment.Containers.Select(container => container.Name));
        var writers = deployment.Homeservers[0].Topology.StreamWriters;
        Assert.Equal(["events_persister1"], writers["events"]);
        Assert.Equal(["receipts_writer"], writers["receipts"]);
        Assert.Equal(["receipts_writer"], writers["typing"]);
        Assert.Equal(
            ["main", "events_persister1", "receipts_writer"],
            deployment.Processes.Where(process => process.ReplicationPort is not null).Select(process => process.Id));
    }

    [Fact]
    public void A_homeserver_without_workers_has_neither_redis_nor_replication()
    {
        var deployment = KnownTopologies.Build("monolith");
        Assert.Equal(["postgres", "main", "proxy"], deployment.Containers.Select(container => container.Name));
        Assert.Null(deployment.Homeservers[0].Main.ReplicationPort);
        Assert.DoesNotContain(deployment.Secrets, secret =>
            secret.Path is LabSecrets.RedisPassword or "hs1/secrets/worker_replication_secret");
    }

    [Fact]
    public void With_several_homeservers_names_begin_with_the_homeserver()
    {
        var deployment = KnownTopologies.Build("federation");
        Assert.Equal("hs1-main", deployment.Homeservers[0].Main.Id);
        Assert.Equal("hs2-generic_worker1", deployment.Homeservers[1].Processes[2].Id);
        Assert.Equal("hs2-generic-worker1", deployment.Homeservers[1].Processes[2].Host);
        Assert.Equal(["hs1.test", "hs2.test", "hs3.test", "hs4.test", "hs5.test", "hs6.test"], deployment.Containers[^1].Aliases);
    }

    [Fact]
    public void In_one_container_every_process_keeps_its_host_name_and_ports()
    {
        const string Workers = """
            homeservers:
              hs1.test:
                main: {}
                workers: {generic_worker: {role: generic_worker, count: 2}}
            """;
        var separate = Build(Workers);
        var packed = Build("packing: one-container\n" + Workers);
        Assert.Equal(["postgres", "redis", "hs1", "proxy"], packed.Containers.Select(container => container.Name));
        Assert.Equal(["main", "generic-worker1", "generic-worker2"], packed.Containers[2].Aliases);
        Assert.All(packed.Processes, process => Assert.Equal("hs1", process.Container));
        Assert.Equal(
            separate.Processes.Select(process =>
                (process.Id, process.Host, process.HttpPort, process.ReplicationPort, process.MetricsPort)),
            packed.Processes.Select(process => (process.Id, process.Host, process.HttpPort, process.ReplicationPort, process.MetricsPort)));
        Assert.Equal(
            [
                "--wait-for-postgres", "--", "main", "synapse.app.homeserver", "--config-path=/config/homeserver.yaml", "--",
                "generic_worker1",
            ],
            Build("packing: one-container\n" + Workers, new DeploymentInputs { PreparedDatabase = true }).Containers[2].Command.Take(7));
    }

    [Theory]
    [InlineData("")]
    [InlineData("packing: one-container\n")]
    public void On_a_network_that_the_lab_shares_Synapse_waits_for_the_lab_s_own_Postgres(string packing)
    {
        const string One = "homeservers: {hs1.test: {main: {}}}\n";

        Assert.Equal(
            "hs1-postgres",
            Build(packing + One, new DeploymentInputs { HostPrefix = "hs1-" }).Containers[1].Environment["LAB_POSTGRES"]);
        Assert.Empty(Build(packing + One).Containers[1].Environment);
    }

    [Fact]
    public void Limits_reach_their_containers()
    {
        var containers = Build("""
            homeservers:
              hs1.test:
                main: {limits: {cpus: 1}}
                workers: {generic_worker: {role: generic_worker, limits: {memory: 256MiB}}}
            limits: {postgres: {cpus: 2}, redis: {memory: 64MiB}, proxy: {cpus: 0.5}}
            """).Containers.ToDictionary(container => container.Name, container => container.Limits);
        Assert.Equal(new Limits(1), containers["main"]);
        Assert.Equal(new Limits(null, 256L << 20), containers["generic_worker"]);
        Assert.Equal(new Limits(2), containers["postgres"]);
        Assert.Equal(new Limits(null, 64L << 20), containers["redis"]);
        Assert.Equal(new Limits(0.5), containers["proxy"]);
    }

    [Fact]
    public void The_topology_s_own_image_wins_over_the_lab_s()
    {
        var containers = Build("synapse: {version: v1.159.0}\nhomeservers: {hs1.test: {main: {}}}").Containers;
        Assert.Equal("matrixdotorg/synapse:v1.159.0", containers.Single(container => container.Kind == ContainerKind.Main).Image);
        Assert.Equal("postgres:18", containers[0].Image);
    }

    [Fact]
    public void A_lab_of_another_name_and_ports_differs_in_nothing_else_that_a_process_sees()
    {
        var here = KnownTopologies.Build("reference");
        var there = KnownTopologies.Build(
            "reference",
            new DeploymentInputs { LabName = "second", Ports = new PortPlan(18008, 18448, 18090, 15442) });
        Assert.Equal("second", there.LabName);
        Assert.Equal(here.Files, there.Files);
        Assert.Equal(new Uri("http://127.0.0.1:18008"), there.Endpoints[0].Uri);
    }

    [Fact]
    public void Ports_that_meet_are_refused()
    {
        var error = Assert.Throws<LabException>(() =>
            KnownTopologies.Build("federation", new DeploymentInputs { Ports = new PortPlan(8008, 8010, 8090, 5442) }));
        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Equal(
            "port 8010 would be used twice, for client-hs3 and federation-hs1. "
                + "Move the ports further apart; each homeserver takes one client and one federation port",
            Assert.Single(error.Problems).ToString());
    }

    [Fact]
    public void A_port_that_does_not_exist_is_refused() =>
        Assert.Equal("port 70000 for client does not exist. Choose lower ports",
            Assert.Throws<LabException>(() =>
                KnownTopologies.Build("monolith", new DeploymentInputs { Ports = new PortPlan(70000, 8448, 8090, 5442) })).Message);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_topology_and_inputs_give_the_same_bytes(string topology) =>
        Assert.Equal(KnownTopologies.Build(topology).Files, KnownTopologies.Build(topology).Files);
}
