// A bot as anybody may have one, which knows its homeserver from what WithReference gives and nothing of the lab: it registers with the
// shared secret (Synapse's docs/admin_api/register_api.md), makes a room and says hello there.
// Bot CONNECTION
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

var connection = args[0].ToUpperInvariant();
using var http = new HttpClient { BaseAddress = new Uri(Given("URI")) };

var nonce = (await http.GetFromJsonAsync<JsonElement>("/_synapse/admin/v1/register")).GetProperty("nonce").GetString()!;
var (name, password) = ($"bot-{Guid.NewGuid():n}", Guid.NewGuid().ToString());
#pragma warning disable CA5350 // What Synapse asks for.
var mac = HMACSHA1.HashData(
    Encoding.UTF8.GetBytes(Given("REGISTRATIONSHAREDSECRET")),
    Encoding.UTF8.GetBytes($"{nonce}\0{name}\0{password}\0notadmin"));
#pragma warning restore CA5350
var user = await SendAsync(
    HttpMethod.Post,
    "/_synapse/admin/v1/register",
    new { nonce, username = name, password, admin = false, mac = Convert.ToHexStringLower(mac) });
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", user.GetProperty("access_token").GetString());
var id = user.GetProperty("user_id").GetString()!;
if (!id.EndsWith($":{Given("SERVERNAME")}", StringComparison.Ordinal))
{
    throw new InvalidOperationException($"{id} is of another homeserver than {Given("SERVERNAME")}");
}

var room = (await SendAsync(HttpMethod.Post, "/_matrix/client/v3/createRoom", new { name = "hello" })).GetProperty("room_id").GetString()!;
await SendAsync(
    HttpMethod.Put,
    $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/send/m.room.message/1",
    new { msgtype = "m.text", body = "hello" });
Console.WriteLine($"{id} said hello in {room}");

string Given(string what) =>
    Environment.GetEnvironmentVariable($"{connection}_{what}") ?? throw new InvalidOperationException($"{connection}_{what} is not given");

async Task<JsonElement> SendAsync(HttpMethod method, string path, object body)
{
    using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
    using var response = await http.SendAsync(request);
    return response.IsSuccessStatusCode
        ? await response.Content.ReadFromJsonAsync<JsonElement>()
        : throw new HttpRequestException($"{method} {path}: HTTP {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
}
