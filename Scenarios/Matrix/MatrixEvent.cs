using System.Text.Json;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>An event as clients see it (Client-Server API, "Room event format"). Ephemeral and to-device events have only type, sender and
/// content.</summary>
public sealed record MatrixEvent
{
    /// <summary>Its ID: <c>$31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM</c>; null for ephemeral and to-device events.</summary>
    public string? EventId { get; set; }

    /// <summary>Its type: <c>m.room.message</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>Who sent it; null for typing and receipts.</summary>
    public string? Sender { get; set; }

    /// <summary>State events only.</summary>
    public string? StateKey { get; set; }

    /// <summary>The sending homeserver's clock, ms since 1970.</summary>
    public long OriginServerTs { get; set; }

    /// <summary>The content, whatever the type says it is.</summary>
    public JsonElement Content { get; set; }

    /// <summary><c>content.body</c> where it is a text, as messages have it.</summary>
    public string? Body =>
        Content.ValueKind == JsonValueKind.Object && Content.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.String
            ? body.GetString()
            : null;
}
