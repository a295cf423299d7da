using System.Text.Json;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>
/// What a load run wants to know of a sync reply, read in one pass without building objects:
/// <code>
/// {"next_batch":"s72_1",
///  "rooms":{"join":{"!a:hs1.test":{"timeline":{
///    "events":[{"type":"m.room.message","content":{"msgtype":"m.text","body":"...","lab.run":"5f2a","lab.number":17},...}],
///    "limited":false,"prev_batch":"s70_1"}}}}}
/// </code>
/// </summary>
internal sealed class SyncReply
{
    private readonly List<SyncMessage> _messages = [];
    private readonly List<SyncGap> _gaps = [];

    /// <summary>Token for the next sync; null: the reply has none, so it is no sync reply.</summary>
    public string? NextBatch { get; private set; }

    /// <summary>The run's messages, in the order in which they came.</summary>
    public IReadOnlyList<SyncMessage> Messages => _messages;

    /// <summary>Rooms of which the reply leaves events out.</summary>
    public IReadOnlyList<SyncGap> Gaps => _gaps;

    /// <summary>Reads a reply; what the object held before is forgotten.</summary>
    /// <param name="json">The body.</param>
    /// <param name="run">The run's mark: messages with another one are not its own.</param>
    /// <exception cref="JsonException">This is no JSON.</exception>
    public void Read(ReadOnlySpan<byte> json, ReadOnlySpan<byte> run)
    {
        NextBatch = null;
        _messages.Clear();
        _gaps.Clear();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("next_batch"u8))
            {
                NextBatch = Text(ref reader);
            }
            else if (reader.ValueTextEquals("rooms"u8))
            {
                if (Enter(ref reader, JsonTokenType.StartObject))
                {
                    ReadRooms(ref reader, run);
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Reads a page of /messages: <c>{"chunk":[events],"start":"..","end":".."}</c>.</summary>
    /// <param name="json">The body.</param>
    /// <param name="run">The run's mark.</param>
    /// <param name="roomId">The room that was asked for.</param>
    /// <returns>The token to go on from; null: this was the last page.</returns>
    public string? ReadPage(ReadOnlySpan<byte> json, ReadOnlySpan<byte> run, string roomId)
    {
        NextBatch = null;
        _messages.Clear();
        _gaps.Clear();
        string? end = null;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("chunk"u8))
            {
                if (Enter(ref reader, JsonTokenType.StartArray))
                {
                    ReadEvents(ref reader, run);
                    InRoom(0, roomId);
                }
            }
            else if (reader.ValueTextEquals("end"u8))
            {
                end = Text(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return end;
    }

    private void ReadRooms(ref Utf8JsonReader reader, ReadOnlySpan<byte> run)
    {
        while (NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("join"u8))
            {
                reader.Skip();
                continue;
            }

            if (!Enter(ref reader, JsonTokenType.StartObject))
            {
                continue;
            }

            while (NextProperty(ref reader))
            {
                // A copy of the reader remembers the room's name, which is only needed when there is a gap or a message of the run.
                var room = reader;
                var before = _messages.Count;
                if (!Enter(ref reader, JsonTokenType.StartObject))
                {
                    continue;
                }

                while (NextProperty(ref reader))
                {
                    if (reader.ValueTextEquals("timeline"u8))
                    {
                        if (Enter(ref reader, JsonTokenType.StartObject))
                        {
                            ReadTimeline(ref reader, ref room, run);
                        }
                    }
                    else
                    {
                        reader.Skip();
                    }
                }

                if (_messages.Count > before)
                {
                    InRoom(before, room.GetString()!);
                }
            }
        }
    }

    private void InRoom(int first, string roomId)
    {
        for (var i = first; i < _messages.Count; i++)
        {
            _messages[i] = _messages[i] with { RoomId = roomId };
        }
    }

    private void ReadTimeline(ref Utf8JsonReader reader, ref Utf8JsonReader room, ReadOnlySpan<byte> run)
    {
        var limited = false;
        string? previous = null;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("events"u8))
            {
                if (Enter(ref reader, JsonTokenType.StartArray))
                {
                    ReadEvents(ref reader, run);
                }
            }
            else if (reader.ValueTextEquals("limited"u8))
            {
                reader.Read();
                limited = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("prev_batch"u8))
            {
                previous = Text(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        if (limited && previous is not null)
        {
            _gaps.Add(new SyncGap(room.GetString()!, previous));
        }
    }

    private void ReadEvents(ref Utf8JsonReader reader, ReadOnlySpan<byte> run)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("content"u8))
                {
                    if (Enter(ref reader, JsonTokenType.StartObject))
                    {
                        ReadContent(ref reader, run);
                    }
                }
                else
                {
                    reader.Skip();
                }
            }
        }
    }

    private void ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> run)
    {
        var ours = false;
        var number = -1;
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("lab.run"u8))
            {
                reader.Read();
                ours = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(run);
                reader.Skip();
            }
            else if (reader.ValueTextEquals("lab.number"u8))
            {
                reader.Read();
                number = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : -1;
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }

        if (ours && number >= 0)
        {
            _messages.Add(new SyncMessage(number, ""));
        }
    }

    /// <summary>Goes to the next name in an object. The reader stands on the object's beginning, or on the last token of the value
    /// before.</summary>
    /// <returns>False: the object has ended.</returns>
    private static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Goes from a name to its value.</summary>
    /// <returns>Whether it is of the wanted kind; if not, it was stepped over.</returns>
    private static bool Enter(ref Utf8JsonReader reader, JsonTokenType wanted)
    {
        reader.Read();
        if (reader.TokenType == wanted)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    private static string? Text(ref Utf8JsonReader reader) => Enter(ref reader, JsonTokenType.String) ? reader.GetString() : null;
}

/// <summary>A message of the run.</summary>
/// <param name="Number">Its number.</param>
/// <param name="RoomId">The room whose timeline it came in.</param>
internal readonly record struct SyncMessage(int Number, string RoomId);

/// <summary>A hole in a room's timeline as one sync showed it.</summary>
/// <param name="RoomId">The room.</param>
/// <param name="Before">Token to page backwards from with /messages.</param>
internal readonly record struct SyncGap(string RoomId, string Before);
