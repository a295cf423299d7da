using System.Text.Json;
using SynapseLab.Scenarios.Matrix;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>Users that are registered for a person or a script.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class UserVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    [Fact]
    public async Task A_user_that_was_registered_has_a_token_and_a_password_that_work()
    {
        var (exitCode, output, error) = await RunAsync("user", $"alice-{Unique}");

        Assert.True(exitCode == 0, error);
        Assert.Equal($"@alice-{Unique}:hs1.test", Value(output, "user"));
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, new Uri(Value(output, "server")));
        var who = await client.With(Value(output, "token")).SendAsync(HttpMethod.Get, "/_matrix/client/v3/account/whoami", null, None);
        Assert.Equal($"@alice-{Unique}:hs1.test", who.GetProperty("user_id").GetString());
        Assert.Equal($"@alice-{Unique}:hs1.test", (await client.LoginAsync($"alice-{Unique}", Value(output, "password"), None)).UserId);
        // What only administrators may ask.
        var refused = await Assert.ThrowsAsync<MatrixException>(() =>
            client.With(Value(output, "token")).SendAsync(HttpMethod.Get, "/_synapse/admin/v2/users?limit=1", null, None));
        Assert.Equal("M_FORBIDDEN", refused.ErrorCode);
    }

    [Fact]
    public async Task For_scripts_a_user_is_one_JSON_object_of_documented_fields_and_its_token_works()
    {
        var (exitCode, output, error) = await RunAsync("user", $"dora-{Unique}", "--json");

        Assert.True(exitCode == 0, error);
        var user = JsonDocument.Parse(output).RootElement;
        DocumentedJson.Has("user --json", user);
        Assert.Equal($"@dora-{Unique}:hs1.test", user.GetProperty("user_id").GetString());
        using var connections = new MatrixConnections();
        var client = new MatrixClient(
            connections.Http,
            new Uri(user.GetProperty("client_uri").GetString()!),
            user.GetProperty("access_token").GetString()!);
        Assert.Equal(
            $"@dora-{Unique}:hs1.test",
            (await client.SendAsync(HttpMethod.Get, "/_matrix/client/v3/account/whoami", null, None)).GetProperty("user_id").GetString());
    }

    [Fact]
    public async Task A_user_can_be_made_an_administrator_with_a_password_of_choice()
    {
        var (exitCode, output, error) = await RunAsync("user", $"root-{Unique}", "--admin", "--password", "correct horse");

        Assert.True(exitCode == 0, error);
        Assert.Equal("correct horse", Value(output, "password"));
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, Lab.ClientUri(), Value(output, "token"));
        var users = await client.SendAsync(HttpMethod.Get, "/_synapse/admin/v2/users?limit=1", null, None);
        Assert.Equal(1, users.GetProperty("users").GetArrayLength());
    }

    [Fact]
    public async Task A_user_name_that_is_taken_is_one_line_and_exit_code_1()
    {
        Assert.Equal(0, (await RunAsync("user", $"bob-{Unique}")).ExitCode);

        var (exitCode, output, error) = await RunAsync("user", $"bob-{Unique}");

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal("", output);
        Assert.Equal($"lab: Synapse refused user 'bob-{Unique}': User ID already taken\n", error);
    }
}
