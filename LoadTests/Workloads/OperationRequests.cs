using System.Buffers;
using System.Buffers.Text;
using System.Text;
using SynapseLab.LoadTests.Http;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;
using SynapseLab.LoadTests.Populations;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>The operations of a schedule as requests of the Client-Server API.</summary>
/// <param name="population">Users and rooms.</param>
/// <param name="users">Their connections.</param>
/// <param name="messageBytes">Length of a message's text.</param>
/// <param name="run">Mark of the run, which messages carry.</param>
internal sealed class OperationRequests(Population population, UserConnections users, int messageBytes, byte[] run)
{
    private readonly byte[] _text = Text(messageBytes);
    private readonly string[] _roomPaths = [.. population.Rooms.Select(room => Uri.EscapeDataString(room.RoomId))];
    private readonly string[] _userPaths = [.. population.Users.Select(user => Uri.EscapeDataString(user.UserId))];
    private readonly string[] _newest = [.. population.Rooms.Select(room => room.FirstEvent)];

    /// <summary>Remembers a room's newest message, for receipts.</summary>
    /// <param name="room">The room.</param>
    /// <param name="reply">What its sending was answered with: <c>{"event_id":"$.."}</c>.</param>
    public void Sent(int room, ReadOnlySpan<byte> reply)
    {
        if (JsonText.First(reply, "event_id"u8) is { } eventId)
        {
            Volatile.Write(ref _newest[room]!, eventId);
        }
    }

    /// <summary>Writes an operation's request.</summary>
    public void Write(RequestBuffer request, PlannedOperation operation)
    {
        var room = _roomPaths[operation.Room];
        var head = users.Head(operation.User);
        switch (operation.Kind)
        {
            case OperationKind.Send:
                // The transaction ID belongs to the device: numbers of other runs must not come again (Client-Server API, "Transaction
                // identifiers").
                request.Add("PUT /_matrix/client/v3/rooms/"u8).Add(room)
                    .Add("/send/m.room.message/"u8).Add(run).Add("-"u8).Add(operation.Number).Add(head);
                AddMessage(request, operation.Number);
                break;
            case OperationKind.Typing:
                // 4 s, as Element says it; the notice ends by itself.
                request.Add("PUT /_matrix/client/v3/rooms/"u8).Add(room).Add("/typing/"u8).Add(_userPaths[operation.User]).Add(head)
                    .AddJson("""{"typing":true,"timeout":4000}"""u8);
                break;
            case OperationKind.Receipt:
                var newest = Uri.EscapeDataString(Volatile.Read(ref _newest[operation.Room]!));
                request.Add("POST /_matrix/client/v3/rooms/"u8).Add(room).Add("/receipt/m.read/"u8).Add(newest).Add(head).AddJson("{}"u8);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation.Kind, "not an operation of a schedule");
        }
    }

    private void AddMessage(RequestBuffer request, int number)
    {
        var message = ArrayPool<byte>.Shared.Rent(_text.Length + 128);
        var json = new Utf8Writer(message)
            .Add("{\"msgtype\":\"m.text\",\"body\":\""u8).Add(_text)
            .Add("\",\"lab.run\":\""u8).Add(run)
            .Add("\",\"lab.number\":"u8).Add(number).Add("}"u8);
        request.AddJson(json.Written);
        ArrayPool<byte>.Shared.Return(message);
    }

    private static byte[] Text(int bytes)
    {
        const string words = "the quick brown fox jumps over the lazy dog and back again ";
        return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(words, (bytes / words.Length) + 1))[..bytes]);
    }

    /// <summary>Writes into a buffer that is large enough.</summary>
    private ref struct Utf8Writer(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

        public Utf8Writer Add(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_buffer[_length..]);
            _length += bytes.Length;
            return this;
        }

        public Utf8Writer Add(int number)
        {
            Utf8Formatter.TryFormat(number, _buffer[_length..], out var written);
            _length += written;
            return this;
        }
    }
}
