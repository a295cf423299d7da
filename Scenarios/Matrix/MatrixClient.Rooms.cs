using System.Text.Json;

namespace SynapseLab.Scenarios.Matrix;

// Rooms, messages, typing, receipts.
public sealed partial class MatrixClient
{
    /// <summary>Creates a room.</summary>
    /// <param name="room">What kind of; null: one that everybody may join.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The room's ID: <c>!abc:hs1.test</c>, or <c>!31hne...</c> without a server name from room version 12 on.</returns>
    public async Task<string> CreateRoomAsync(NewRoom? room, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(
            HttpMethod.Post,
            "/_matrix/client/v3/createRoom",
            json => JsonSerializer.Serialize(json, room ?? new NewRoom(), MatrixJson.Default.NewRoom),
            MatrixJson.Default.RoomIdAnswer,
            AnswerWithin,
            cancellationToken);
        return answer.RoomId;
    }

    /// <summary>Joins a room.</summary>
    /// <param name="roomIdOrAlias">The room.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="via">Homeservers to ask where the own one is not in the room.</param>
    public Task JoinAsync(string roomIdOrAlias, CancellationToken cancellationToken, params IReadOnlyList<string> via)
    {
        // server_name is the name of the parameter before Matrix 1.12; Synapse takes both.
        var query = string.Concat(via.Select((server, i) => $"{(i == 0 ? '?' : '&')}via={Escape(server)}&server_name={Escape(server)}"));
        return SendAsync(HttpMethod.Post, $"/_matrix/client/v3/join/{Escape(roomIdOrAlias)}{query}", null, cancellationToken);
    }

    /// <summary>Invites a user.</summary>
    public Task InviteAsync(string roomId, string userId, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Post,
            $"/_matrix/client/v3/rooms/{Escape(roomId)}/invite",
            json => WriteObject(json, "user_id", userId),
            cancellationToken);

    /// <summary>Leaves a room.</summary>
    public Task LeaveAsync(string roomId, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"/_matrix/client/v3/rooms/{Escape(roomId)}/leave", null, cancellationToken);

    /// <summary>Sends a text message.</summary>
    /// <param name="roomId">The room.</param>
    /// <param name="body">The text.</param>
    /// <param name="transactionId">Unique on this device; the same again is the same message (Client-Server API, "Transaction
    /// identifiers").</param>
    /// <param name="cancellationToken">Ends the call; the message may have been sent nevertheless.</param>
    /// <returns>The event's ID.</returns>
    public Task<string> SendMessageAsync(string roomId, string body, string transactionId, CancellationToken cancellationToken) =>
        SendEventAsync(
            roomId,
            "m.room.message",
            transactionId,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("msgtype", "m.text");
                json.WriteString("body", body);
                json.WriteEndObject();
            },
            cancellationToken);

    /// <summary>Sends a message event of any type. See <see cref="SendMessageAsync"/>.</summary>
    public async Task<string> SendEventAsync(
        string roomId, string type, string transactionId, Action<Utf8JsonWriter> content, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(
            HttpMethod.Put,
            $"/_matrix/client/v3/rooms/{Escape(roomId)}/send/{Escape(type)}/{Escape(transactionId)}",
            content,
            MatrixJson.Default.EventIdAnswer,
            AnswerWithin,
            cancellationToken);
        return answer.EventId;
    }

    /// <summary>Sets a piece of room state.</summary>
    /// <returns>The event's ID.</returns>
    public async Task<string> SendStateAsync(
        string roomId, string type, string stateKey, Action<Utf8JsonWriter> content, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(
            HttpMethod.Put,
            $"/_matrix/client/v3/rooms/{Escape(roomId)}/state/{Escape(type)}/{Escape(stateKey)}",
            content,
            MatrixJson.Default.EventIdAnswer,
            AnswerWithin,
            cancellationToken);
        return answer.EventId;
    }

    /// <summary>Says that the user types, or stopped.</summary>
    /// <param name="roomId">The room.</param>
    /// <param name="userId">The user's own ID.</param>
    /// <param name="lasting">How long it holds; null: stopped typing.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task TypingAsync(string roomId, string userId, TimeSpan? lasting, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Put,
            $"/_matrix/client/v3/rooms/{Escape(roomId)}/typing/{Escape(userId)}",
            json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("typing", lasting is not null);
                if (lasting is { } time)
                {
                    json.WriteNumber("timeout", (long)time.TotalMilliseconds);
                }

                json.WriteEndObject();
            },
            cancellationToken);

    /// <summary>Says that the user has read up to an event.</summary>
    /// <param name="roomId">The room.</param>
    /// <param name="eventId">The event.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="type"><c>m.read</c>, or <c>m.read.private</c>, which no other user sees.</param>
    public Task ReceiptAsync(string roomId, string eventId, CancellationToken cancellationToken, string type = "m.read") =>
        SendAsync(
            HttpMethod.Post,
            $"/_matrix/client/v3/rooms/{Escape(roomId)}/receipt/{Escape(type)}/{Escape(eventId)}",
            null,
            cancellationToken);

    /// <summary>A page of a room's history.</summary>
    /// <param name="roomId">The room.</param>
    /// <param name="from">Token to begin at; null: the newest event (for direction b).</param>
    /// <param name="backwards">Newest first.</param>
    /// <param name="limit">Events at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<MessagesPage> MessagesAsync(string roomId, string? from, bool backwards, int limit, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Get,
            $"/_matrix/client/v3/rooms/{Escape(roomId)}/messages?dir={(backwards ? 'b' : 'f')}&limit={limit}"
            + (from is null ? "" : $"&from={Escape(from)}"),
            null,
            MatrixJson.Default.MessagesPage,
            AnswerWithin,
            cancellationToken);

    /// <summary>The user IDs of a room's joined members.</summary>
    public async Task<IReadOnlyList<string>> JoinedMembersAsync(string roomId, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, $"/_matrix/client/v3/rooms/{Escape(roomId)}/joined_members", null, cancellationToken);
        return [.. answer.GetProperty("joined").EnumerateObject().Select(member => member.Name)];
    }

    private static void WriteObject(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject();
        json.WriteString(name, value);
        json.WriteEndObject();
    }
}
