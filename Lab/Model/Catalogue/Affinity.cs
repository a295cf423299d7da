namespace SynapseLab.Catalogue;

/// <summary>What decides which worker of a pool serves a request.</summary>
public enum Affinity
{
    /// <summary>Nothing (<c>none</c>): requests go round.</summary>
    None,

    /// <summary>The client's address (<c>source_ip</c>).</summary>
    SourceIp,

    /// <summary>The user in the access token (<c>user</c>), or the whole token where its format is unknown.</summary>
    User,

    /// <summary>The room ID in the path (<c>room</c>).</summary>
    Room,

    /// <summary>The sending homeserver (<c>origin</c>), from the X-Matrix authorization header.</summary>
    Origin,
}
