using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Health;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Health;

public sealed class ReplicationEvidenceTests
{
    [Fact]
    public void A_process_that_listens_but_has_no_subscription_is_not_subscribed()
    {
        var look = ReplicationEvidence.Subscribed(Metrics(connections: 0, replicate: 0, positionsIn: 0, positionsOut: 0));

        Assert.False(look.Holds);
        Assert.Contains("not subscribed", look.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void A_subscription_counts_only_when_its_own_REPLICATE_came_back() =>
        Assert.False(ReplicationEvidence.Subscribed(Metrics(connections: 1, replicate: 0, positionsIn: 3, positionsOut: 3)).Holds);

    [Fact]
    public void Subscribed_and_heard_by_itself_is_subscribed() =>
        Assert.True(ReplicationEvidence.Subscribed(Metrics(connections: 1, replicate: 1, positionsIn: 0, positionsOut: 0)).Holds);

    [Fact]
    public void Its_own_positions_that_come_back_are_not_those_of_others()
    {
        Assert.False(ReplicationEvidence.HearsOthers(Metrics(connections: 1, replicate: 1, positionsIn: 4, positionsOut: 4)));
        Assert.True(ReplicationEvidence.HearsOthers(Metrics(connections: 1, replicate: 1, positionsIn: 5, positionsOut: 4)));
    }

    private static MetricsSnapshot Metrics(int connections, int replicate, int positionsIn, int positionsOut) => MetricsSnapshot.Parse($$"""
        synapse_replication_tcp_resource_total_connections{server_name="hs1.test"} {{connections}}.0
        synapse_replication_tcp_protocol_inbound_commands_total{command="REPLICATE",name="redis",server_name="hs1.test"} {{replicate}}.0
        synapse_replication_tcp_protocol_inbound_commands_total{command="POSITION",name="redis",server_name="hs1.test"} {{positionsIn}}.0
        synapse_replication_tcp_protocol_outbound_commands_total{command="POSITION",name="redis",server_name="hs1.test"} {{positionsOut}}.0
        """);
}
