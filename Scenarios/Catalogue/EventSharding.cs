using SynapseLab.Conventions;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>Each room has one persister, and Synapse's rule says which.</summary>
internal sealed class EventSharding : IScenario
{
    private const int Rooms = 300;
    private const int Creators = 8;

    /// <inheritdoc/>
    public string Name => "event-sharding";

    /// <inheritdoc/>
    public string Summary => $"{Rooms} rooms made through the proxy: the persister of each is the one that Synapse's rule names, every persister writes, and their counters agree with the database.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["sharded"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.Persisters(topology);

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var homeserver = context.Homeserver();
        var persisters = homeserver.WritersOf("events");
        context.Story.Step($"{Creators} people make {Rooms} rooms; every tenth is of version 12, whose IDs have no server name");
        var users = await context.UsersAsync("maker", Creators, cancellationToken);
        var window = await context.OpenWindowAsync(cancellationToken);
        var rooms = new string[Rooms];
        await context.ForEachAsync(
            Enumerable.Range(0, Rooms),
            async (i, token) => rooms[i] = await users[i % Creators].Client.CreateRoomAsync(new Matrix.NewRoom { RoomVersion = i % 10 == 9 ? "12" : null }, token),
            cancellationToken);
        var expected = rooms.CountBy(room => ShardingRule.Pick(room, persisters).InstanceName).ToDictionary();

        await context.Prover.ProveAsync(
            $"every room has the one writer that the rule names, and all {persisters.Count} write",
            [
                new Witness(EvidenceSource.Database, async token =>
                {
                    var writers = await EventRows.WritersOfRoomsAsync(context.Lab.Database(homeserver.Key), rooms, token);
                    var wrong = rooms.Where(room => !writers.TryGetValue(room, out var names) || names is not [var only] || only != ShardingRule.Pick(room, persisters).InstanceName).ToArray();
                    return new Observation(
                        wrong.Length == 0 && writers.Count == Rooms && persisters.All(persister => expected.ContainsKey(persister.InstanceName)),
                        $"rooms by writer: {Counts.Tell(writers.Values.Where(names => names.Count == 1).CountBy(names => names[0]))}; by the rule: {Counts.Tell(expected)}"
                        + (wrong.Length == 0 ? "" : $"; {wrong.Length} rooms have others, such as {wrong[0]}: {string.Join(", ", writers.GetValueOrDefault(wrong[0], []))}"));
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var counted = new Dictionary<string, long>();
                    foreach (var process in homeserver.Processes)
                    {
                        counted[process.InstanceName] = (long)(await window.CountedAsync(process, token)).Sum(SynapseMetric.PersistedEvents);
                    }

                    var rows = await window.EventRowsAsync(homeserver, token);
                    return new Observation(
                        Counts.Agree(counted, rows) && persisters.All(persister => counted[persister.InstanceName] > 0),
                        $"events persisted, as the processes count: {Counts.Tell(counted)}; rows gained: {Counts.Tell(rows)}");
                }),
            ],
            cancellationToken);
    }
}
