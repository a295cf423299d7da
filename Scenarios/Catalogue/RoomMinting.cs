using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>A room for each persister, on demand.</summary>
internal sealed class RoomMinting : IScenario
{
    private const int Messages = 10;

    /// <inheritdoc/>
    public string Name => "room-minting";

    /// <inheritdoc/>
    public string Summary => "A room can be minted for a chosen persister: the rule foretells who will write its messages.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["sharded", "federation"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.Persisters(topology);

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var homeserver = context.Homeserver();
        var user = await context.UserAsync("minter", cancellationToken);
        foreach (var persister in homeserver.WritersOf("events"))
        {
            var (roomId, made) = await RoomMint.MintAsync(user, homeserver, persister, null, cancellationToken);
            var tries = made == 1 ? "try" : "tries";
            context.Story.Step($"a room for {persister.Id} took {made} {tries}; {Messages} messages are sent to it");
            var window = await context.OpenWindowAsync(cancellationToken);
            for (var i = 0; i < Messages; i++)
            {
                await user.Client.SendMessageAsync(roomId, $"message {i}", $"{persister.Id}-{i}", cancellationToken);
            }

            await context.Prover.ProveAsync(
                $"{persister.Id} wrote the messages of its room",
                [
                    new Witness(EvidenceSource.Database, async token =>
                    {
                        var rows = await EventRows.MessagesOfRoomAsync(context.Lab.Database(homeserver.Key), roomId, token);
                        var only = rows.Count == 1 && rows.GetValueOrDefault(persister.InstanceName) == Messages;
                        return new Observation(only, $"messages of the room: {Counts.Tell(rows)}");
                    }),
                    new Witness(EvidenceSource.Metrics, async token =>
                    {
                        var counted = (long)(await window.CountedAsync(persister, token)).Sum(SynapseMetric.PersistedEvents);
                        return new Observation(counted >= Messages, $"{persister.Id} counts {counted} events");
                    }),
                ],
                cancellationToken);
        }
    }
}
