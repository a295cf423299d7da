using SynapseLab.Runtimes.Engine;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// Faults of Synapse's own that the lab has to tell apart from its own. A test here fails when the lab's Synapse has been mended: then what
/// works around the fault goes too.
/// </summary>
[Trait("Lab", "real")]
[Collection(MonolithLab.Name)]
public sealed class SynapseFaultsTests(MonolithLab fixture)
{
    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>
    /// See <see cref="PersistingLeftovers"/>; with nothing of the lab's settings in it: no process is killed here, the row is put where a
    /// broken connection leaves it.
    /// </summary>
    [Fact]
    public async Task A_row_that_a_broken_connection_left_in_state_groups_persisting_stops_its_room_until_it_is_gone()
    {
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, fixture.Lab.ClientUri());
        var session = await client.RegisterAsync($"persisting-{Guid.NewGuid():n}", "secret", None);
        var alice = client.With(session.AccessToken);
        var room = await alice.CreateRoomAsync(null, None);
        var since = DateTimeOffset.UtcNow;
        var row = new PersistingLeftover(
            (long)(await ScalarAsync(
                "SELECT max(state_group) FROM event_to_state_groups JOIN events USING (event_id) WHERE room_id = $1",
                room))!,
            "master");

        await ScalarAsync(
            "INSERT INTO state_groups_persisting (state_group, instance_name) VALUES ($1, $2)",
            row.StateGroup,
            row.InstanceName);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var refused = await Assert.ThrowsAsync<MatrixException>(() => alice.SendMessageAsync(room, "refused", $"m{attempt}", None));
            Assert.True(refused.IsServerError);
        }

        await fixture.Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(20),
            "main's log names the row",
            async token => await NamedAsync(row, since, token),
            None);
        await ScalarAsync(
            "DELETE FROM state_groups_persisting WHERE state_group = $1 AND instance_name = $2",
            row.StateGroup,
            row.InstanceName);
        await alice.SendMessageAsync(room, "taken", "m4", None);
    }

    // A line is with the engine some time after it was written.
    private async Task<Observation> NamedAsync(PersistingLeftover row, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var told = new List<PersistingLeftover>();
        await foreach (var line in fixture.Lab.LogsAsync("main", new LogRequest(Since: since), cancellationToken))
        {
            if (PersistingLeftovers.In(line.Text) is { } named)
            {
                told.Add(named);
            }
        }

        return new Observation(told.Contains(row), $"{told.Count} rows named");
    }

    private async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var command = fixture.Lab.Database().CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = value });
        }

        return await command.ExecuteScalarAsync(None);
    }
}
