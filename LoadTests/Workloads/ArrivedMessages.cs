using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Populations;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>Counts the messages that syncs bring, and records each delivery.</summary>
/// <param name="ledger">Who has to get what.</param>
/// <param name="rooms">The rooms.</param>
/// <param name="instruments">Take the deliveries.</param>
internal sealed class ArrivedMessages(DeliveryLedger ledger, IReadOnlyList<LoadRoom> rooms, RunInstruments instruments)
{
    private readonly Dictionary<string, int> _roomNumbers =
        rooms.Select((room, i) => (room.RoomId, i)).ToDictionary(entry => entry.RoomId, entry => entry.i);

    /// <summary>Counts what a listener's last reply has in it.</summary>
    /// <param name="listener">Whose.</param>
    /// <param name="worker">Who served the reply; see <see cref="Sample.Worker"/>.</param>
    /// <param name="overlaps">See <see cref="DeliveryLedger.Delivered"/>.</param>
    public void Count(Listener listener, ushort worker, bool overlaps)
    {
        var now = instruments.Clock.Now;
        foreach (var (number, roomId) in listener.Reply.Messages)
        {
            if (ledger.Delivered(number, listener.User, _roomNumbers.GetValueOrDefault(roomId, -1), overlaps, out var intended))
            {
                instruments.Recorder.Record(new Sample(intended, intended, now, OperationKind.Delivery, 200, worker, 0));
            }
        }
    }
}
