using System.Net;

namespace SynapseLab.Catalogue;

/// <summary>What of a request decides where it goes.</summary>
/// <param name="Method">In capitals: <c>GET</c>.</param>
/// <param name="Target">Path and query as sent, undecoded: <c>/_matrix/client/v3/sync?since=s1</c>.</param>
public sealed record HttpRequestLine(string Method, string Target)
{
    /// <summary>The value of the Authorization header: <c>Bearer syt_YWxpY2U_...</c>; null: none.</summary>
    public string? Authorization { get; init; }

    /// <summary>The client's address.</summary>
    public IPAddress RemoteAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The path, undecoded, without the query.</summary>
    public string Path => Target.Split('?', 2)[0];

    /// <summary>The query without the question mark; empty where there is none.</summary>
    public string Query => Target.Split('?', 2) is [_, var query] ? query : "";
}
