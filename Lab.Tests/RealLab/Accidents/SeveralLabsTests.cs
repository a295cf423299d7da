using SynapseLab.Conventions;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab.Accidents;

/// <summary>Labs that meet others, or themselves.</summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class SeveralLabsTests : StartAccident
{
    [Fact]
    public async Task Two_labs_with_workers_at_once_have_ports_and_users_of_their_own_and_one_s_end_does_not_touch_the_other()
    {
        // Redis, replication and the federation port are there twice.
        var topology = Topology(
            "small.yaml",
            "homeservers:\n  home.example:\n    main: {}\n    workers:\n      generic_worker: {role: generic_worker, count: 1}\n"
                + "packing: one-container\n");
        var both = await Task.WhenAll(
            LabProgram.RunAsync("up", topology, "--name", One, "--detach"),
            LabProgram.RunAsync("up", topology, "--name", Two, "--detach"));
        Assert.All(both, run => Assert.True(run.ExitCode == ExitCodes.Fine, run.Error));

        await using (var one = await RunningLab.AttachAsync(One, Root, None))
        await using (var two = await RunningLab.AttachAsync(Two, Root, None))
        {
            Assert.Empty(
                one.Deployment.Endpoints
                    .Select(endpoint => endpoint.Uri.Port)
                    .Intersect(two.Deployment.Endpoints.Select(endpoint => endpoint.Uri.Port)));
            using var connections = new MatrixConnections();
            await ServesItsOwnAsync(connections, one, two);
            await ServesItsOwnAsync(connections, two, one);
        }

        await WorksAsItIsPrintedAsync(both[0].Output);
        await WorksAsItIsPrintedAsync(both[1].Output);
        await TakesServerNameAndShortNameAsync(One);
        Assert.StartsWith($"lab: several labs are running: ", (await LabProgram.RunAsync("status")).Error, StringComparison.Ordinal);

        Assert.Equal(ExitCodes.Fine, (await LabProgram.RunAsync("down", One)).ExitCode);
        await NothingIsLeftAsync(One);
        await using var left = await RunningLab.AttachAsync(Two, Root, None);
        Assert.All(await left.LookAsync(None), look => Assert.True(look.Value.Holds, look.Value.Seen));
    }

    [Fact]
    public async Task A_lab_that_runs_is_found_running_and_is_not_changed_and_another_topology_does_not_take_its_name()
    {
        Assert.Equal(ExitCodes.Fine, (await LabProgram.RunAsync("up", "monolith", "--name", One, "--detach")).ExitCode);
        var before = await Engine.ListAsync($"{LabLabels.Name}={One}", None);

        var again = await LabProgram.RunAsync("up", "monolith", "--name", One, "--detach");
        var other = await LabProgram.RunAsync("up", "reference", "--name", One, "--detach");

        Assert.Equal(ExitCodes.Fine, again.ExitCode);
        Assert.Contains("is running already; nothing was changed", again.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.WrongUse, other.ExitCode);
        Assert.Contains($"lab '{One}' is running topology monolith, not reference", other.Error, StringComparison.Ordinal);
        var after = await Engine.ListAsync($"{LabLabels.Name}={One}", None);
        Assert.Equal(
            before.Select(container => (container.Id, container.State)),
            after.Select(container => (container.Id, container.State)));
    }

    // What up printed, but for the last line, which takes the lab down:
    // register    ./lab user alice --name x
    //          or curl -X POST http://127.0.0.1:8008/...
    private async Task WorksAsItIsPrintedAsync(string up)
    {
        var commands = up
            .Split('\n')
            .SkipWhile(line => !line.StartsWith("register ", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("take down ", StringComparison.Ordinal))
            .Select(line => line[12..])
            .ToArray();
        Assert.Equal(3, commands.Length);
        foreach (var command in commands)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            var result = await ExternalCommand.RunAsync("sh", ["-c", $"cd '{Root.Path}' && {command}"], null, limit.Token);
            Assert.True(result.ExitCode == 0, $"{command}: {result.Output}{result.Error}");
            Assert.DoesNotContain("errcode", result.Output, StringComparison.Ordinal);
        }
    }

    private static async Task TakesServerNameAndShortNameAsync(string lab)
    {
        var byId = await LabProgram.RunAsync("user", "@carol:home.example", "--name", lab);
        Assert.Contains("@carol:home.example", byId.Output, StringComparison.Ordinal);
        foreach (var word in new[] { "home.example", "home" })
        {
            Assert.Equal(
                (0, "name\n@carol:home.example\n", ""),
                await LabProgram.RunAsync("sql", "SELECT name FROM users WHERE name LIKE '@carol%'", "--homeserver", word, "--name", lab));
        }

        Assert.Equal(
            (ExitCodes.WrongUse, "", "lab: there is no homeserver 'hs1'. There are home.example\n"),
            await LabProgram.RunAsync("sql", "SELECT 1", "--homeserver", "hs1", "--name", lab));
    }

    // A worker registers the user and main hears of it through Redis; the other lab knows neither token nor name.
    private static async Task ServesItsOwnAsync(MatrixConnections connections, RunningLab lab, RunningLab other)
    {
        var calls = new List<MatrixCall>();
        var client = new MatrixClient(connections.Http, lab.ClientUri(), observer: calls.Add);
        var session = await client.RegisterAsync(lab.Name, "secret", None);

        Assert.Equal(session.UserId, await client.With(session.AccessToken).WhoAmIAsync(None));
        Assert.Equal("generic_worker1", calls[0].Worker);
        var stranger = new MatrixClient(connections.Http, other.ClientUri());
        var visitor = new MatrixClient(connections.Http, other.ClientUri(), session.AccessToken);
        Assert.Equal("M_UNKNOWN_TOKEN", (await Assert.ThrowsAsync<MatrixException>(() => visitor.WhoAmIAsync(None))).ErrorCode);
        Assert.Equal("M_FORBIDDEN", (await Assert.ThrowsAsync<MatrixException>(() => stranger.LoginAsync(lab.Name, "secret", None))).ErrorCode);
    }
}
