using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Proxies;
using SynapseLab.Tests.Deployments;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary><c>sockets: unix</c>.</summary>
public sealed class SocketsTests
{
    [Fact]
    public void Without_the_key_everything_is_on_ports()
    {
        Assert.Equal(Sockets.Tcp, KnownTopologies.Library.Load("reference").Sockets);
        Assert.All(KnownTopologies.Build("reference").Processes, process =>
            Assert.True(process.HttpSocket is null && process.ReplicationSocket is null));
    }

    [Fact]
    public void A_topology_may_say_tcp_as_well() =>
        Assert.Equal(Sockets.Tcp, TopologyText.Read("sockets: tcp\nhomeservers: {hs1.test: {main: {}}}").Sockets);

    [Fact]
    public void Another_kind_is_refused_with_its_line() =>
        Assert.Contains(
            "my.yaml:1:",
            Assert.Single(TopologyText.Problems("sockets: pipes\nhomeservers: {hs1.test: {main: {}}}")),
            StringComparison.Ordinal);

    [Fact]
    public void A_path_that_Unix_does_not_allow_is_refused_with_its_line()
    {
        var key = new string('h', 40);
        var name = new string('w', 38);
        string File(string sockets) =>
            $"sockets: {sockets}\nhomeservers:\n  {key}.test:\n    main: {{}}\n    workers: {{{name}: {{role: generic_worker}}}}\n";
        Assert.Equal(
            [
                $"my.yaml:3: the path of the socket of '{name}' would have 109 characters, and Unix allows 107. "
                    + "Shorten the worker's name or the first label of the server_name, or use 'sockets: tcp'",
            ],
            TopologyText.Problems(File("unix")));
        Assert.Equal(Sockets.Tcp, TopologyText.Read(File("tcp")).Sockets);
        Assert.Equal(Sockets.Unix, TopologyText.Read(File("unix").Replace(name, name[2..], StringComparison.Ordinal)).Sockets);
    }

    [Fact]
    public void A_homeserver_without_workers_has_a_socket_for_clients_and_none_for_replication_or_Redis()
    {
        var deployment = DeploymentBuilder.Build(
            TopologyText.Read("sockets: unix\nhomeservers: {hs1.test: {main: {}}}"),
            new DeploymentInputs());
        var main = Assert.Single(deployment.Processes);
        Assert.Equal(("/run/synapse/hs1/client/main.sock", null), (main.HttpSocket, main.ReplicationSocket));
        Assert.DoesNotContain(
            deployment.Containers.SelectMany(container => container.Mounts),
            mount => mount.Target == LabPaths.RedisSockets);
    }

    [Fact]
    public void Packed_into_one_container_the_processes_have_the_same_sockets()
    {
        var separate = KnownTopologies.Build("unix-sockets");
        var packed = DeploymentBuilder.Build(
            KnownTopologies.Library.Load("unix-sockets") with { Packing = Packing.OneContainer },
            new DeploymentInputs());
        Assert.Equal(
            separate.Processes.Select(process => (process.HttpSocket, process.ReplicationSocket)),
            packed.Processes.Select(process => (process.HttpSocket, process.ReplicationSocket)));
        var command = packed.Containers.Single(container => container.Kind == ContainerKind.Homeserver).Command;
        Assert.All(packed.Processes, process => Assert.Contains($"--socket={process.HttpSocket}", command));
    }

    [Fact]
    public void HAProxy_reaches_every_process_by_its_socket_and_its_metrics_by_port()
    {
        var deployment = KnownTopologies.Build("unix-sockets");
        var text = ProxyRenderers.For("haproxy")
            .Render(deployment.Homeservers, deployment.Topology.Proxy)
            .Single(file => file.Path.EndsWith("haproxy.cfg", StringComparison.Ordinal)).Contents;
        Assert.Contains("server generic_worker1 unix@/run/synapse/hs1/client/generic_worker1.sock id 8101", text, StringComparison.Ordinal);
        Assert.DoesNotContain("generic-worker1:8101", text, StringComparison.Ordinal);
        Assert.Contains("server process generic-worker1:9301", text, StringComparison.Ordinal);
    }
}
