namespace SynapseLab.Testcontainers;

/// <summary>A user who was registered for a test, with a device that is logged in.</summary>
/// <param name="UserId"><c>@alice:hs1.test</c>.</param>
/// <param name="Password">To log in with.</param>
/// <param name="AccessToken">Of the device: <c>Authorization: Bearer ...</c>.</param>
/// <param name="DeviceId"><c>QBUAZIFURK</c>.</param>
/// <param name="Server">Where the homeserver is reached: <c>http://127.0.0.1:8008</c>.</param>
public sealed record SynapseUser(string UserId, string Password, string AccessToken, string DeviceId, Uri Server);
