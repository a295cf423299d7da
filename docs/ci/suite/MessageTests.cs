using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Suite;

/// <summary>A stranger's suite: it knows the address of a homeserver (<c>SYNAPSE_URL</c>) and nothing of the lab.</summary>
public sealed class MessageTests : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(Environment.GetEnvironmentVariable("SYNAPSE_URL")!) };

    [Fact]
    public async Task What_Alice_writes_Bob_reads()
    {
        var (alice, bob) = (await RegisterAsync(), await RegisterAsync());
        var room = (await SendAsync(alice, HttpMethod.Post, "createRoom", new JsonObject { ["preset"] = "public_chat" }))["room_id"]!.GetValue<string>();
        await SendAsync(bob, HttpMethod.Post, $"join/{Uri.EscapeDataString(room)}", []);
        await SendAsync(alice, HttpMethod.Put, $"rooms/{Uri.EscapeDataString(room)}/send/m.room.message/1", new JsonObject { ["msgtype"] = "m.text", ["body"] = "hello" });

        var synced = await SendAsync(bob, HttpMethod.Get, "sync", null);
        var events = synced["rooms"]!["join"]![room]!["timeline"]!["events"]!.AsArray();
        Assert.Contains(events, one => one!["content"]!["body"]?.GetValue<string>() == "hello");
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> RegisterAsync()
    {
        var user = new JsonObject { ["username"] = $"u{Guid.NewGuid():n}", ["password"] = "secret", ["auth"] = new JsonObject { ["type"] = "m.login.dummy" } };
        return (await SendAsync(null, HttpMethod.Post, "register", user))["access_token"]!.GetValue<string>();
    }

    private async Task<JsonNode> SendAsync(string? token, HttpMethod method, string path, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, $"/_matrix/client/v3/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
