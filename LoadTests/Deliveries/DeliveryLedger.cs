using System.Numerics;

namespace SynapseLab.LoadTests.Deliveries;

/// <summary>
/// Who got which message, where, how often and after which: lost ones, duplicates, those in a wrong place or order. One bit for each
/// message and member; any thread, without locks on the way.
/// </summary>
internal sealed class DeliveryLedger
{
    private const int ChunkBits = 12;
    private const int ChunkSize = 1 << ChunkBits;

    private readonly Chunk?[] _chunks;
    private readonly Dictionary<int, int>[] _places;
    private readonly int[][] _newest;
    private readonly int _words;
    private readonly Lock _gate = new();
    private long _duplicates;
    private long _misdirected;
    private long _outOfOrder;
    private long _deliveries;
    private int _moments;
    private int _firstOpen;
    private int _highest = -1;

    /// <summary>An empty ledger.</summary>
    /// <param name="operations">Numbers of messages are below this.</param>
    /// <param name="receivers">For each room the users who sync and have to get its messages, as indexes into all users.</param>
    public DeliveryLedger(int operations, IReadOnlyList<IReadOnlyList<int>> receivers)
    {
        _chunks = new Chunk?[(operations >> ChunkBits) + 1];
        _places =
        [
            .. receivers.Select(room => room.Select((user, place) => (user, place)).ToDictionary(pair => pair.user, pair => pair.place)),
        ];
        _newest = [.. receivers.Select(room => new int[room.Count])];
        _words = Math.Max(1, (receivers.Select(room => room.Count).DefaultIfEmpty(1).Max() + 63) / 64);
    }

    private enum MessageState : byte
    {
        None,
        Sent,
        Acknowledged,
        Failed,
    }

    /// <summary>Deliveries that were counted, each message and member once.</summary>
    public long Deliveries => Interlocked.Read(ref _deliveries);

    /// <summary>Deliveries of what had been delivered to the same member already.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <summary>A message is about to be sent.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="room">Its room.</param>
    /// <param name="intended">When it should have been sent, in nanoseconds of the run.</param>
    public void Sent(int number, int room, long intended)
    {
        var chunk = _chunks[number >> ChunkBits] ?? NewChunk(number >> ChunkBits);
        var index = number & (ChunkSize - 1);
        chunk.Rooms[index] = room;
        chunk.Intended[index] = intended;
        chunk.SentAt[index] = Interlocked.Increment(ref _moments);
        Volatile.Write(ref chunk.States[index], (byte)MessageState.Sent);
        Raise(ref _highest, number);
    }

    /// <summary>The server said that it has the message: from now on it has to arrive.</summary>
    public void Acknowledged(int number)
    {
        Volatile.Write(ref _chunks[number >> ChunkBits]!.AcknowledgedAt[number & (ChunkSize - 1)], Interlocked.Increment(ref _moments));
        Set(number, MessageState.Acknowledged);
    }

    /// <summary>The server said no, or nothing: it may arrive or not.</summary>
    public void Failed(int number) => Set(number, MessageState.Failed);

    /// <summary>
    /// A sync brought a message to a user. What was acknowledged before another message of its room was sent has to come before that one,
    /// each sender's messages among them; of two that were under way at once either may be first.
    /// </summary>
    /// <param name="number">The message's number, as it came; may be nonsense.</param>
    /// <param name="user">The user.</param>
    /// <param name="room">The room whose timeline it came in; -1: none that has a number.</param>
    /// <param name="overlaps">Whether it came in a page of history, which may show again what a sync showed, and shows later what is older;
    /// otherwise a second time is a duplicate, and an older message out of order.</param>
    /// <param name="intended">When the message should have been sent.</param>
    /// <returns>Whether this is the first time and the user had to get it there.</returns>
    public bool Delivered(int number, int user, int room, bool overlaps, out long intended)
    {
        intended = 0;
        var index = number & (ChunkSize - 1);
        var chunk = number >= 0 && number >> ChunkBits < _chunks.Length ? _chunks[number >> ChunkBits] : null;
        if (chunk is null || Volatile.Read(ref chunk.States[index]) == (byte)MessageState.None
            || chunk.Rooms[index] != room || !_places[room].TryGetValue(user, out var place))
        {
            Interlocked.Increment(ref _misdirected);
            return false;
        }

        intended = chunk.Intended[index];
        var bit = 1UL << (place & 63);
        if ((Interlocked.Or(ref chunk.Seen[(index * _words) + (place >> 6)], bit) & bit) != 0)
        {
            Interlocked.Add(ref _duplicates, overlaps ? 0 : 1);
            return false;
        }

        if (!overlaps)
        {
            // Of a message whose reply is still on its way nothing can be said.
            var acknowledged = Volatile.Read(ref chunk.AcknowledgedAt[index]);
            var newest = Raise(ref _newest[room][place], chunk.SentAt[index]);
            Interlocked.Add(ref _outOfOrder, acknowledged > 0 && acknowledged < newest ? 1 : 0);
        }

        Interlocked.Increment(ref _deliveries);
        return true;
    }

    /// <summary>Whether every message that was acknowledged reached every member who syncs. Cheap to ask often, by any number of threads,
    /// once nothing is sent or acknowledged any more.</summary>
    public bool Complete()
    {
        // What is complete stays so; only the messages after the first incomplete one are looked at again. Everybody steps for himself:
        // two who step with one pointer step over a message that neither has looked at.
        var open = Volatile.Read(ref _firstOpen);
        while (open <= Volatile.Read(ref _highest) && Missing(open) == 0)
        {
            open++;
        }

        Raise(ref _firstOpen, open);
        return open > Volatile.Read(ref _highest);
    }

    /// <summary>Deliveries that have not been made yet, of acknowledged messages that should have been sent before a time. Any thread, also
    /// while it goes on.</summary>
    /// <param name="intendedBefore">The time, in nanoseconds of the run.</param>
    public long Overdue(long intendedBefore)
    {
        long missing = 0;
        for (var number = 0; number <= Volatile.Read(ref _highest); number++)
        {
            var chunk = _chunks[number >> ChunkBits];
            missing += chunk is not null && chunk.Intended[number & (ChunkSize - 1)] < intendedBefore ? Missing(number) : 0;
        }

        return missing;
    }

    /// <summary>The books at the end.</summary>
    public DeliveryCount Count()
    {
        long acknowledged = 0, failed = 0, expected = 0, missing = 0, incomplete = 0;
        for (var number = 0; number <= Volatile.Read(ref _highest); number++)
        {
            var state = State(number);
            failed += state == MessageState.Failed ? 1 : 0;
            if (state != MessageState.Acknowledged)
            {
                continue;
            }

            acknowledged++;
            expected += _places[_chunks[number >> ChunkBits]!.Rooms[number & (ChunkSize - 1)]].Count;
            var lacking = Missing(number);
            missing += lacking;
            incomplete += lacking > 0 ? 1 : 0;
        }

        return new DeliveryCount(
            acknowledged,
            failed,
            expected,
            expected - missing,
            missing,
            incomplete,
            Interlocked.Read(ref _duplicates),
            Interlocked.Read(ref _misdirected),
            Interlocked.Read(ref _outOfOrder));
    }

    /// <summary>Raises a number, and never lowers it.</summary>
    /// <returns>What it was before.</returns>
    private static int Raise(ref int place, int value)
    {
        var seen = Volatile.Read(ref place);
        while (value > seen && Interlocked.CompareExchange(ref place, value, seen) is var now && now != seen)
        {
            seen = now;
        }

        return seen;
    }

    private int Missing(int number)
    {
        if (State(number) != MessageState.Acknowledged)
        {
            return 0;
        }

        var chunk = _chunks[number >> ChunkBits]!;
        var index = number & (ChunkSize - 1);
        var seen = 0;
        for (var word = 0; word < _words; word++)
        {
            seen += BitOperations.PopCount(Volatile.Read(ref chunk.Seen[(index * _words) + word]));
        }

        return _places[chunk.Rooms[index]].Count - seen;
    }

    private MessageState State(int number) =>
        _chunks[number >> ChunkBits] is { } chunk
            ? (MessageState)Volatile.Read(ref chunk.States[number & (ChunkSize - 1)])
            : MessageState.None;

    private void Set(int number, MessageState state) =>
        Volatile.Write(ref _chunks[number >> ChunkBits]!.States[number & (ChunkSize - 1)], (byte)state);

    private Chunk NewChunk(int index)
    {
        lock (_gate)
        {
            return _chunks[index] ??= new Chunk(_words);
        }
    }

    private sealed class Chunk(int words)
    {
        public readonly long[] Intended = new long[ChunkSize];
        public readonly int[] Rooms = new int[ChunkSize];

        // Moments of the run, counted one by one: what is larger was later.
        public readonly int[] SentAt = new int[ChunkSize];
        public readonly int[] AcknowledgedAt = new int[ChunkSize];
        public readonly byte[] States = new byte[ChunkSize];
        public readonly ulong[] Seen = new ulong[ChunkSize * words];
    }
}
