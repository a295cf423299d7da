using System.Text.Json.Serialization;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>What to ask of /createRoom (Client-Server API, "Creation"). Absent parts are left to the server.</summary>
public sealed record NewRoom
{
    /// <summary><c>public_chat</c>: everybody may join; <c>private_chat</c>: invitation only.</summary>
    public string? Preset { get; init; } = "public_chat";

    /// <summary><c>public</c> puts it in the directory; <c>private</c> does not, whatever the preset.</summary>
    public string? Visibility { get; init; }

    /// <summary>A name for people.</summary>
    public string? Name { get; init; }

    /// <summary>Local part of an alias.</summary>
    public string? RoomAliasName { get; init; }

    /// <summary>User IDs to invite.</summary>
    public IReadOnlyList<string>? Invite { get; init; }

    /// <summary>Version; null: the server's default. IDs of version 12 have no server name in them:
    /// <c>!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM</c>.</summary>
    public string? RoomVersion { get; init; }
}

/// <summary>A page of /messages.</summary>
public sealed record MessagesPage
{
    /// <summary>The events, newest first for direction <c>b</c>.</summary>
    public IReadOnlyList<MatrixEvent> Chunk { get; set; } = [];

    /// <summary>Where the page began.</summary>
    public string? Start { get; set; }

    /// <summary>Where the next page begins; null: there is no more.</summary>
    public string? End { get; set; }
}

internal sealed record RoomIdAnswer
{
    [JsonRequired]
    public string RoomId { get; set; } = "";
}

internal sealed record EventIdAnswer
{
    [JsonRequired]
    public string EventId { get; set; } = "";
}

internal sealed record NonceAnswer
{
    [JsonRequired]
    public string Nonce { get; set; } = "";
}
