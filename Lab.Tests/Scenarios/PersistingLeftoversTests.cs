using SynapseLab.Scenarios.Proofs;
using Xunit;

namespace SynapseLab.Tests.Scenarios;

public sealed class PersistingLeftoversTests
{
    [Fact]
    public void The_detail_of_a_duplicate_key_names_the_state_group_and_the_process_that_left_it() =>
        Assert.Equal(
            new PersistingLeftover(33, "events_persister1"),
            PersistingLeftovers.In("DETAIL:  Key (state_group, instance_name)=(33, events_persister1) already exists."));

    [Theory]
    [InlineData("DETAIL:  Key (state_group)=(33) already exists.")]
    [InlineData("DETAIL:  Key (state_group, instance_name)=(33, master) is not present in table \"state_groups\".")]
    [InlineData("[main] psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint \"state_groups_persisting_pkey\"")]
    public void Other_lines_name_none(string line) => Assert.Null(PersistingLeftovers.In(line));
}
