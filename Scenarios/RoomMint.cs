using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Scenarios.Matrix;

namespace SynapseLab.Scenarios;

/// <summary>Makes rooms that a chosen persister writes. A room's ID is Synapse's choice (random, or from version 12 on the hash of its
/// first event), and the rule goes by the ID: so rooms are made until one falls to the persister, as many as there are persisters on
/// average.</summary>
internal static class RoomMint
{
    // With n persisters a room misses with probability 1 - 1/n: 60 misses in a row happen once in 10^10 for 3, 10^18 for 2.
    private const int Tries = 60;

    /// <summary>Makes rooms until one falls to a persister.</summary>
    /// <param name="user">Who makes them.</param>
    /// <param name="homeserver">The user's homeserver.</param>
    /// <param name="persister">One of its writers of events.</param>
    /// <param name="room">What kind of room.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The room, and how many had to be made.</returns>
    /// <exception cref="LabException">60 rooms in a row fell to others: the rule is wrong (exit code 1).</exception>
    public static async Task<(string RoomId, int Made)> MintAsync(
        User user, Homeserver homeserver, SynapseProcess persister, NewRoom? room, CancellationToken cancellationToken)
    {
        var persisters = homeserver.WritersOf("events");
        for (var made = 1; made <= Tries; made++)
        {
            var roomId = await user.Client.CreateRoomAsync(room, cancellationToken);
            if (ShardingRule.Pick(roomId, persisters) == persister)
            {
                return (roomId, made);
            }
        }

        throw LabException.Failed($"of {Tries} rooms none falls to {persister.Id}");
    }
}
