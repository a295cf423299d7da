using System.Text.Json.Serialization;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>A device that is logged in: the answer of /register and /login (Client-Server API, "Login").</summary>
public sealed record Session
{
    /// <summary>Full user ID: <c>@alice:hs1.test</c>.</summary>
    [JsonRequired]
    public string UserId { get; set; } = "";

    /// <summary>Secret. Synapse's own have the user in them: <c>syt_YWxpY2U_QkJ..._1a2b3c</c> (synapse/handlers/auth.py), which is what a
    /// proxy's user affinity reads.</summary>
    [JsonRequired]
    public string AccessToken { get; set; } = "";

    /// <summary>The device: <c>QBUAZIFURK</c>.</summary>
    public string DeviceId { get; set; } = "";
}
