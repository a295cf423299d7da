using SynapseLab.Scenarios.Matrix;

namespace SynapseLab.Scenarios;

/// <summary>A person with one device, made for one scenario.</summary>
/// <param name="Name">As the story calls them: <c>alice</c>.</param>
/// <param name="HomeserverKey">Their homeserver: <c>hs1</c>.</param>
/// <param name="Password">For further devices.</param>
/// <param name="Session">The device.</param>
/// <param name="Client">Speaks for the device.</param>
/// <param name="RequestPrefix">All request IDs of the device are this, a dash and a number: the proxy's log has them.</param>
public sealed record User(string Name, string HomeserverKey, string Password, Session Session, MatrixClient Client, string RequestPrefix)
{
    /// <summary>Full user ID: <c>@alice-1d0kq3x:hs1.test</c>.</summary>
    public string Id => Session.UserId;

    /// <summary>Whether a request ID is of this device.</summary>
    public bool Sent(string requestId) =>
        requestId.StartsWith(RequestPrefix + '-', StringComparison.Ordinal);
}
