using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SynapseLab.Catalogue;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// Where login is delegated the lab starts, says so, and an application service that the topology brings in is the way in.
/// </summary>
[Trait("Lab", "real")]
[Collection(DelegatedLab.Name)]
public sealed class DelegatedLoginTests(DelegatedLab fixture)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task An_application_service_of_the_topology_registers_a_user_and_speaks_for_it()
    {
        using var http = new HttpClient { BaseAddress = fixture.Lab.ClientUri() };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DelegatedLab.ApplicationServiceToken);
        var name = $"irc_{Guid.NewGuid():n}";

        var registered = await http.PostAsJsonAsync(
            "/_matrix/client/v3/register",
            new { type = "m.login.application_service", username = name, inhibit_login = true },
            None);
        Assert.Equal(
            (HttpStatusCode.OK, ""),
            (registered.StatusCode, registered.IsSuccessStatusCode ? "" : await registered.Content.ReadAsStringAsync()));
        var created = await http.PostAsJsonAsync(
            $"/_matrix/client/v3/createRoom?user_id=@{name}:hs1.test",
            new { preset = "public_chat" },
            None);
        var room = JsonNode.Parse(await created.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!["room_id"]!.GetValue<string>();
        var sent = await http.PutAsJsonAsync(
            $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/send/m.room.message/1?user_id=@{name}:hs1.test",
            new { msgtype = "m.text", body = "hello" },
            None);

        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
    }

    [Theory]
    [InlineData("user alice", "the verb user registers users at Synapse, and hs1.test delegates that to a Matrix Authentication Service")]
    [InlineData("scenario run first-proof", "scenario 'first-proof' registers users at Synapse, and hs1.test delegates that to a Matrix Authentication Service")]
    public async Task What_needs_users_of_Synapse_s_own_is_refused_with_the_reason_and_the_way(string command, string reason)
    {
        var (exitCode, _, error) = await LabProgram.RunAsync([.. command.Split(' '), "--name", fixture.Lab.Name]);

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Contains("app_service_config_files", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/_matrix/client/v3/login")]
    [InlineData("POST", "/_matrix/client/v3/delete_devices")]
    [InlineData("GET", "/_synapse/admin/v1/register")]
    public async Task An_endpoint_that_is_gone_is_answered_404_and_the_map_names_nobody_for_it(string method, string path)
    {
        using var http = new HttpClient { BaseAddress = fixture.Lab.ClientUri() };
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = method == "GET" ? null : JsonContent.Create(new { }),
        };

        Assert.Equal(HttpStatusCode.NotFound, (await http.SendAsync(request, None)).StatusCode);
        Assert.Null(fixture.Lab.Deployment.BuildRoutes().Decide(new HttpRequestLine(method, path)).Pool);
    }

    [Fact]
    public async Task Postgres_takes_as_many_connections_as_the_topology_says()
    {
        await using var command = fixture.Lab.Database().CreateCommand("SHOW max_connections");

        Assert.Equal("25", await command.ExecuteScalarAsync(None));
    }
}
