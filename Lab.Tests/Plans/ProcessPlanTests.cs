using SynapseLab.Tests.Deployments;
using Xunit;

namespace SynapseLab.Tests.Plans;

/// <summary>Names, ports and listeners of processes, on the repository's topologies.</summary>
public sealed class ProcessPlanTests
{
    public static TheoryData<string> Names => KnownTopologies.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_port_alone_names_a_process(string topology)
    {
        var processes = KnownTopologies.Build(topology).Processes.ToArray();
        Assert.Distinct(processes.SelectMany(process => new[] { process.HttpPort, process.MetricsPort }));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_host_has_an_underscore(string topology) =>
        Assert.All(KnownTopologies.Build(topology).Processes, process => Assert.DoesNotContain('_', process.Host));

    [Fact]
    public void A_worker_without_a_client_listener_still_gets_a_health_listener()
    {
        var processes = KnownTopologies.Build("reference").Processes.ToDictionary(process => process.Id);
        Assert.Equal(["health"], processes["events_persister1"].Resources);
        Assert.Equal(["health"], processes["federation_sender1"].Resources);
        Assert.Equal(["client", "federation"], processes["generic_worker1"].Resources);
    }

    [Fact]
    public void A_sender_that_federation_is_restricted_to_gets_a_replication_listener()
    {
        var processes = KnownTopologies.Build("federation").Homeservers[0].Processes;
        Assert.All(
            processes.Where(process => process.Worker?.Role.Name == "federation_sender"),
            process => Assert.NotNull(process.ReplicationPort));
        Assert.All(
            KnownTopologies.Build("sharded").Processes.Where(process => process.Worker?.Role.Name == "federation_sender"),
            process => Assert.Null(process.ReplicationPort));
    }
}
