namespace SynapseLab.Scenarios.Matrix;

/// <summary>Reads typing and receipts out of what a stream was given.</summary>
public static class SyncNews
{
    /// <summary>Whether the room was ever said to have the user typing:
    /// <c>{"type":"m.typing","content":{"user_ids":["@bob:hs1.test"]}}</c>.</summary>
    public static bool IsTyping(SyncStream stream, string roomId, string userId) =>
        stream.Ephemeral(roomId).Any(e => e.Type == "m.typing"
            && e.Content.TryGetProperty("user_ids", out var users)
            && users.EnumerateArray().Any(id => id.GetString() == userId));

    /// <summary>Whether the user was said to have read an event:
    /// <c>{"type":"m.receipt","content":{"$event":{"m.read":{"@alice:hs1.test":{"ts":1}}}}}</c>.</summary>
    public static bool HasRead(SyncStream stream, string roomId, string userId, string eventId) =>
        stream.Ephemeral(roomId).Any(e => e.Type == "m.receipt"
            && e.Content.TryGetProperty(eventId, out var receipts)
            && receipts.TryGetProperty("m.read", out var readers)
            && readers.TryGetProperty(userId, out _));
}
