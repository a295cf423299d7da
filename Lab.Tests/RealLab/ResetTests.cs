using SynapseLab.Runtimes.Resetting;
using System.Net;
using System.Net.Http.Headers;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>A reset of a lab whose processes share a container.</summary>
[Trait("Lab", "real")]
[Collection(PackedLab.Name)]
public sealed class PackedResetTests(PackedLab fixture)
{
    private static readonly CancellationToken None = CancellationToken.None;

    private RunningLab Lab => fixture.Lab;

    [Fact]
    public async Task Users_rooms_and_media_are_gone_and_the_lab_is_reached_and_signs_as_before()
    {
        await using var reset = new ResetOf(Lab);
        await reset.MakeThingsAsync();
        var containers = Containers();

        await Lab.ResetAsync(cancellationToken: None);

        await reset.FoundFreshAsync();
        Assert.Equal(containers, Containers());

        // The engine tells ports in no order.
        (string, IPAddress, string)[] Containers() =>
            [
                .. Lab.Containers.Values.Select(container =>
                    (container.Id, container.Addresses.Values.Single(), string.Join(' ', container.Ports.Order()))),
            ];
    }

    [Fact]
    public async Task A_process_that_was_killed_runs_again_and_a_lab_that_was_reset_is_reset_again()
    {
        await Lab.KillAsync("generic_worker1", None);
        var command = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };

        Assert.True(await command.RunAsync($"reset {Lab.Name}", None) == ExitCodes.Fine, command.Error);
        Assert.True(await command.RunAsync($"reset --name {Lab.Name}", None) == ExitCodes.Fine, command.Error);

        Assert.StartsWith($"lab {Lab.Name} is fresh and healthy (", command.Output, StringComparison.Ordinal);
        Assert.All(await Lab.HealthAsync(None), health => Assert.True(health.IsWell && health.State.Faults.Count == 0, health.Sentence));
    }

    [Fact]
    public async Task While_a_part_is_paused_it_is_refused_with_what_to_do_and_nothing_is_lost()
    {
        await using var reset = new ResetOf(Lab);
        await reset.MakeThingsAsync();
        await Lab.PauseAsync("generic_worker2", None);
        try
        {
            var command = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };

            Assert.Equal(ExitCodes.WrongUse, await command.RunAsync($"reset {Lab.Name}", None));

            Assert.Matches(
                $"^lab: lab '{Lab.Name}' can't be reset: generic_worker2 is paused since .* by process .*\\. "
                    + $"First ./lab unpause generic_worker2 --name {Lab.Name}\n$",
                command.Error);
        }
        finally
        {
            await Lab.UnpauseAsync("generic_worker2", None);
        }

        await reset.FoundAllThereAsync();
    }

    [Fact]
    public async Task A_lab_that_nobody_knows_or_that_does_not_run_is_told()
    {
        var command = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };

        Assert.Equal(ExitCodes.WrongUse, await command.RunAsync("reset nosuchlab", None));

        Assert.StartsWith("lab: no lab 'nosuchlab' is running. ", command.Error, StringComparison.Ordinal);
    }
}

/// <summary>A reset of a lab whose processes have a container each, and listen on Unix sockets.</summary>
[Trait("Lab", "real")]
[Collection(UnixSocketsLab.Name)]
public sealed class SeparateResetTests(UnixSocketsLab fixture)
{
    [Fact]
    public async Task Users_rooms_and_media_are_gone_and_the_lab_is_reached_and_signs_as_before()
    {
        await using var reset = new ResetOf(fixture.Lab);
        await reset.MakeThingsAsync();

        await fixture.Lab.ResetAsync(cancellationToken: CancellationToken.None);

        await reset.FoundFreshAsync();
    }
}

/// <summary>Makes a user, a room and a medium in a lab, and looks what a reset left of them.</summary>
internal sealed class ResetOf(RunningLab lab) : IAsyncDisposable
{
    private const string Password = "reset-test";
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly MatrixConnections _connections = new();
    private readonly string _user = $"reset-{Guid.NewGuid():n}"[..14];
    private MatrixClient? _session;
    private Uri? _uri;
    private string _keys = "";

    private MatrixClient Stranger => new(_connections.Http, lab.ClientUri());

    public async Task MakeThingsAsync()
    {
        var session = await Stranger.RegisterAsync(_user, Password, None);
        _session = Stranger.With(session.AccessToken);
        _uri = lab.ClientUri();
        await _session.CreateRoomAsync(null, None);
        using var upload = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(lab.ClientUri(), "/_matrix/media/v3/upload"))
        { Content = new StringContent("a medium") };
        upload.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.AccessToken);
        using var answer = await _connections.Http.SendAsync(upload, None);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotEmpty(Media());
        await RedisAsync("SET of-a-test 1\n", "OK");
        Assert.NotEqual(0L, await CountAsync("rooms"));
        _keys = await SigningKeysAsync();
    }

    public async Task FoundAllThereAsync()
    {
        Assert.StartsWith($"@{_user}:", await _session!.WhoAmIAsync(None), StringComparison.Ordinal);
        Assert.NotEmpty(Media());
    }

    public async Task FoundFreshAsync()
    {
        Assert.All(await lab.HealthAsync(None), health => Assert.True(health.IsWell, $"{health.Part.Name}: {health.Sentence}"));
        Assert.Equal(_uri, lab.ClientUri());
        Assert.Equal(_keys, await SigningKeysAsync());

        // Over the same pool as before, whose sessions ended.
        Assert.Equal(0L, await CountAsync("users"));
        Assert.Equal(0L, await CountAsync("rooms"));
        Assert.Empty(Media());
        await RedisAsync("GET of-a-test\n", "");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<MatrixException>(() => _session!.WhoAmIAsync(None))).Status);
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await Assert.ThrowsAsync<MatrixException>(() => Stranger.LoginAsync(_user, Password, None))).Status);

        var again = await Stranger.RegisterAsync(_user, Password, None);
        Assert.StartsWith("!", await Stranger.With(again.AccessToken).CreateRoomAsync(null, None), StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync()
    {
        _connections.Dispose();
        return ValueTask.CompletedTask;
    }

    private string[] Media() => Directory.GetDirectories(lab.Folder.File("media/hs1"));

    private async Task<long> CountAsync(string table)
    {
        await using var command = lab.Database().CreateCommand($"SELECT count(*) FROM {table}");
        return (long)(await command.ExecuteScalarAsync(None))!;
    }

    private async Task RedisAsync(string command, string answer)
    {
        var socket = lab.Deployment.Topology.Sockets == SynapseLab.Topologies.Sockets.Unix ? "-s /run/redis/redis.sock" : "";
        var result = await lab.Engine.ExecAsync(
            lab.ContainerId("redis"),
            ["sh", "-c", $"REDISCLI_AUTH=$(cat /lab/secrets/redis_password) redis-cli {socket}"],
            command,
            None);
        Assert.Equal(answer, result.Output.Trim());
    }

    // {"verify_keys": {"ed25519:a_AbCd": {"key": "..."}}, "valid_until_ts": ...}
    private async Task<string> SigningKeysAsync()
    {
        using var connections = new MatrixConnections();
        var answer = await new MatrixClient(connections.Http, lab.ClientUri()).SendAsync(
            HttpMethod.Get,
            "/_matrix/key/v2/server",
            null,
            None);
        return answer.GetProperty("verify_keys").GetRawText();
    }
}
