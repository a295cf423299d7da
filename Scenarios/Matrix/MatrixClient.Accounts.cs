using System.Security.Cryptography;
using System.Text;

namespace SynapseLab.Scenarios.Matrix;

// Registration, login, devices.
public sealed partial class MatrixClient
{
    /// <summary>Registers through the open registration of a lab (<c>m.login.dummy</c>); any generic worker serves it.</summary>
    /// <param name="localpart">Free name: <c>alice-7f3</c>.</param>
    /// <param name="password">The password.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="MatrixException"><c>M_USER_IN_USE</c>, <c>M_FORBIDDEN</c> where registration is closed.</exception>
    public Task<Session> RegisterAsync(string localpart, string password, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Post,
            "/_matrix/client/v3/register",
            json =>
            {
                json.WriteStartObject();
                json.WriteString("username", localpart);
                json.WriteString("password", password);
                json.WriteStartObject("auth");
                json.WriteString("type", "m.login.dummy");
                json.WriteEndObject();
                json.WriteEndObject();
            },
            MatrixJson.Default.Session,
            AnswerWithin,
            cancellationToken);

    /// <summary>Registers with <c>registration_shared_secret</c>: two requests to main, which alone has the endpoint, and
    /// remembers the nonce for 60 s (Synapse docs "Shared-Secret Registration").</summary>
    /// <param name="localpart">Free name.</param>
    /// <param name="password">The password.</param>
    /// <param name="sharedSecret">The secret.</param>
    /// <param name="admin">Whether the user is a server administrator.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<Session> RegisterWithSecretAsync(
        string localpart, string password, string sharedSecret, bool admin, CancellationToken cancellationToken)
    {
        const string path = "/_synapse/admin/v1/register";
        var nonce = (await SendAsync(HttpMethod.Get, path, null, MatrixJson.Default.NonceAnswer, AnswerWithin, cancellationToken)).Nonce;
        var signed = $"{nonce}\0{localpart}\0{password}\0{(admin ? "admin" : "notadmin")}";
        var mac = Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(sharedSecret), Encoding.UTF8.GetBytes(signed)));
        return await SendAsync(
            HttpMethod.Post,
            path,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("nonce", nonce);
                json.WriteString("username", localpart);
                json.WriteString("password", password);
                json.WriteBoolean("admin", admin);
                json.WriteString("mac", mac);
                json.WriteEndObject();
            },
            MatrixJson.Default.Session,
            AnswerWithin,
            cancellationToken);
    }

    /// <summary>Logs a further device in.</summary>
    /// <param name="user">Local part or user ID.</param>
    /// <param name="password">The password.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<Session> LoginAsync(string user, string password, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Post,
            "/_matrix/client/v3/login",
            json =>
            {
                json.WriteStartObject();
                json.WriteString("type", "m.login.password");
                json.WriteStartObject("identifier");
                json.WriteString("type", "m.id.user");
                json.WriteString("user", user);
                json.WriteEndObject();
                json.WriteString("password", password);
                json.WriteEndObject();
            },
            MatrixJson.Default.Session,
            AnswerWithin,
            cancellationToken);

    /// <summary>Ends this device and its token.</summary>
    public Task LogoutAsync(CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "/_matrix/client/v3/logout", null, cancellationToken);

    /// <summary>The user ID that the token belongs to.</summary>
    public async Task<string> WhoAmIAsync(CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, "/_matrix/client/v3/account/whoami", null, cancellationToken);
        return answer.GetProperty("user_id").GetString() ?? "";
    }

    /// <summary>A user's display name, local or of another homeserver, which is then asked; null where none is set.</summary>
    public async Task<string?> DisplayNameAsync(string userId, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, $"/_matrix/client/v3/profile/{Escape(userId)}/displayname", null, cancellationToken);
        return answer.TryGetProperty("displayname", out var name) ? name.GetString() : null;
    }
}
