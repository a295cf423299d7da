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
    public string Summary =>
        $"{Rooms} rooms made through the proxy: the persister of each is the one that Synapse's rule names, "
        + "every persister writes, and their counters agree with the database.";

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
            async (i, token) =>
            {
                var room = new Matrix.NewRoom { RoomVersion = i % 10 == 9 ? "12" : null };
                rooms[i] = await users[i % Creators].Client.CreateRoomAsync(room, token);
            },
            cancellationToken);
        var expected = rooms.CountBy(room => ShardingRule.Pick(room, persisters).InstanceName).ToDictionary();

        await context.Prover.ProveAsync(
            $"every room has the one writer that the rule names, and all {persisters.Count} write",
            [
                new Witness(EvidenceSource.Database, async token =>
                {
                    var writers = await EventRows.WritersOfRoomsAsync(context.Lab.Database(homeserver.Key), rooms, token);
                    var wrong = rooms.Where(room => !IsRight(room, writers.GetValueOrDefault(room, []))).ToArray();
                    var byWriter = writers.Values.Where(names => names.Count == 1).CountBy(names => names[0]);
                    var others = wrong is [var first, ..]
                        ? $"; {wrong.Length} rooms have others, such as {first}: {string.Join(", ", writers.GetValueOrDefault(first, []))}"
                        : "";
                    var allWrite = persisters.All(persister => expected.ContainsKey(persister.InstanceName));
                    return new Observation(
                        wrong.Length == 0 && writers.Count == Rooms && allWrite,
                        $"rooms by writer: {Counts.Tell(byWriter)}; by the rule: {Counts.Tell(expected)}{others}");
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var counted = new Dictionary<string, long>();
                    foreach (var process in homeserver.Processes)
                    {
                        var counters = await window.CountedAsync(process, token);
                        counted[process.InstanceName] = (long)counters.Sum(SynapseMetric.PersistedEvents);
                    }

                    var rows = await window.EventRowsAsync(homeserver, token);
                    return new Observation(
                        Counts.Agree(counted, rows) && persisters.All(persister => counted[persister.InstanceName] > 0),
                        $"events persisted, as the processes count: {Counts.Tell(counted)}; rows gained: {Counts.Tell(rows)}");
                }),
            ],
            cancellationToken);

        bool IsRight(string room, IReadOnlyList<string> names) =>
            names is [var only] && only == ShardingRule.Pick(room, persisters).InstanceName;
    }
}
