using SynapseLab.Deployments.Compose;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Compose;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Cli;
using SynapseLab.Tests.Containers;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>Starts that go wrong or meet others, on the real engine. Each leaves nothing behind.</summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class AccidentTests : IAsyncLifetime
{
    private static readonly string One = TestLabs.Name("accident-1");
    private static readonly string Two = TestLabs.Name("accident-2");
    private static readonly string Visitor = TestLabs.Name("accident-visitor");
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly LabRoot _root = LabRoot.Find();
    private Dictionary<string, string> Labels => new() { [LabLabels.Name] = One, [LabLabels.Folder] = _root.Lab(One).Path };

    private readonly DockerEngine _engine = DockerEngine.OfThisMachine();
    private readonly ProcessTable _processes = new();
    private readonly TemporaryFolder _temporary = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        var cleaner = new LabCleaner(_engine, _processes, TimeProvider.System);
        await cleaner.RemoveAsync(One, _root.Lab(One), None);
        await cleaner.RemoveAsync(Two, _root.Lab(Two), None);
        _engine.Dispose();
        _temporary.Dispose();
    }

    // As a second proxy of a test is, or a client that somebody runs on the lab's network.
    [Fact]
    public async Task A_network_that_somebody_else_s_container_is_just_leaving_is_removed_once_it_has_left()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var network = $"synapse-lab-{One}-visited";
        var own = await OwnContainers.OnThisMachineAsync(limit.Token);
        await own.NewNetwork(network).WithLabel(Labels).Build().CreateAsync(limit.Token);
        await using var visitor = own.NewSleeper().WithNetwork(network).Build();
        await visitor.StartAsync(limit.Token);

        var removing = new LabCleaner(_engine, _processes, TimeProvider.System).RemoveContainersAsync(One, _root.Lab(One), limit.Token);
        await visitor.DisposeAsync();

        Assert.True(await removing);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_network_that_somebody_else_s_container_stays_on_is_told_with_that_container_and_what_to_do()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var network = $"synapse-lab-{One}-visited";
        var own = await OwnContainers.OnThisMachineAsync(limit.Token);
        await own.NewNetwork(network).WithLabel(Labels).Build().CreateAsync(limit.Token);
        await using var visitor = own.NewSleeper().WithName(Visitor).WithNetwork(network).Build();
        await visitor.StartAsync(limit.Token);
        var cleaner = new LabCleaner(_engine, _processes, TimeProvider.System, TimeSpan.FromMilliseconds(500));

        var error = await Assert.ThrowsAsync<LabException>(() => cleaner.RemoveContainersAsync(One, _root.Lab(One), limit.Token));

        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.StartsWith($"waited 0.5 s in vain for: nothing of lab '{One}' is left", error.Problems[0].What, StringComparison.Ordinal);
        Assert.Equal(
            $"network {network}: {Visitor} is on it, not of this lab. docker rm --force {Visitor}, then ./lab down {One}",
            error.Problems[1].ToString());
    }

    [Fact]
    public async Task A_topology_with_a_mistake_is_told_with_file_and_line_and_starts_nothing()
    {
        var file = Topology("wrong.yaml", "homeservers:\n  hs1.test:\n    main: {}\n    worker: {}\n");

        var (exitCode, _, error) = await LabProgram.RunAsync("up", file, "--name", One);

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.StartsWith($"lab: {file}:4: ", error, StringComparison.Ordinal);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task Without_an_engine_that_answers_the_message_says_so_and_nothing_is_started()
    {
        var environment = new Dictionary<string, string>
        {
            ["DOCKER_HOST"] = $"unix://{_temporary.File("no.sock")}",
            ["LAB_INSTALL"] = "no",
        };

        var (exitCode, output, error) = await LabProgram.RunAsync(environment, "up", "monolith", "--name", One);

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Contains("no container engine answers", output + error, StringComparison.Ordinal);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_clean_up_that_fails_hides_neither_why_the_start_failed_nor_keeps_the_rest_from_being_removed()
    {
        var request = new LabStartRequest(new TopologyLibrary(_root.Topologies).Load("monolith")) { LabName = One };
        var starter = new LabStarter(_root, _engine, TimeProvider.System, _processes);

        var failure = await Assert.ThrowsAsync<LabException>(() =>
            starter.StartAsync(request, new RuntimeThatFails(), new SilentReport(), None));

        Assert.Equal(["main died", "while taking it down: Compose is gone"], failure.Problems.Select(problem => problem.What));
        Assert.Equal(ExitCodes.Failed, failure.ExitCode);
        await NothingIsLeftAsync(One);
    }

    private sealed class RuntimeThatFails : ILabRuntime
    {
        public string Name => "fails";

        public Task StartAsync(Deployment deployment, LabFolder folder, CancellationToken cancellationToken) =>
            throw LabException.Failed("main died");

        public Task RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Compose is gone");
    }

    [Fact]
    public async Task A_port_that_somebody_has_is_named_with_the_process_that_has_it()
    {
        using var somebody = new TcpListener(IPAddress.Loopback, 0);
        somebody.Start();
        var port = ((IPEndPoint)somebody.LocalEndpoint).Port;

        var (exitCode, _, error) = await LabProgram.RunAsync("up", "monolith", "--name", One, "--ports", $"{port - 8008}");

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Contains($"127.0.0.1:{port}: the port is taken by process {Environment.ProcessId}", error, StringComparison.Ordinal);
        await NothingIsLeftAsync(One);
    }

    [SmallDiskTheory]
    // The first file, one in the middle whose room .NET asks for before it writes, the certificates.
    [InlineData("16k")]
    [InlineData("32k")]
    [InlineData("64k")]
    public async Task A_disk_that_fills_up_while_the_lab_s_folder_is_written_is_told_once_with_what_to_do_and_nothing_of_the_lab_is_left(string size)
    {
        var (exitCode, output, error, files) = await SmallDisk.RunAsync(size, "up", "monolith", "--name", One, "--detach");

        Assert.True(exitCode == ExitCodes.WrongUse, $"exit code {exitCode}: {output}{error}");
        Assert.Matches(
            @"^lab: (No space left on device|.* because the disk was full).* "
                + @"Free space in /.* \(df -h shows how much there is; \./lab down removes what labs need\)\n"
                + $@"lab: lab {One} did not start; everything of it was removed again\n$",
            error);
        Assert.Empty(files);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_container_that_dies_during_the_start_is_told_with_its_last_lines_within_two_seconds_and_all_is_removed()
    {
        // Synapse itself refuses this value; the lab passes options through.
        var topology = new TopologyLibrary(_root.Topologies).Load(
            Topology("dies.yaml", "homeservers:\n  hs1.test:\n    main: {}\n    options: {max_upload_size: many}\n"));
        var report = new DeathReport(_engine, $"{LabLabels.Project(One)}-main");

        var problem = await Assert.ThrowsAsync<LabException>(() => StartAsync(topology, One, report));

        Assert.Equal(ExitCodes.Failed, problem.ExitCode);
        Assert.Contains("container main ended with exit code 1", problem.Message, StringComparison.Ordinal);
        Assert.Contains("ValueError: invalid literal for int() with base 10: 'many'", problem.Message, StringComparison.Ordinal);
        Assert.InRange(report.ToldAfter, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_process_that_ends_in_a_shared_container_during_the_start_is_told_with_its_own_last_lines_and_all_is_removed()
    {
        // Only the process with the media reads this value (synapse/config/repository.py); main goes on writing its log.
        var topology = new TopologyLibrary(_root.Topologies).Load(Topology(
            "dies.yaml",
            """
            packing: one-container
            homeservers:
              hs1.test:
                main: {}
                workers: {media: {role: media_repository}}
                options: {max_upload_size: many}

            """));

        var problem = await Assert.ThrowsAsync<LabException>(() => StartAsync(topology, One, new SilentReport()));

        Assert.Equal(ExitCodes.Failed, problem.ExitCode);
        var lines = problem.Message.Split('\n');
        Assert.Equal("process media ended with exit code 1; its last lines:", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.StartsWith("    [media] ", line, StringComparison.Ordinal));
        Assert.Equal("    [media] ValueError: invalid literal for int() with base 10: 'many'", lines[^1]);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_container_that_the_kernel_kills_for_lack_of_memory_during_the_start_is_told_with_its_limit_and_the_key_to_raise()
    {
        var topology = new TopologyLibrary(_root.Topologies).Load(
            Topology("narrow.yaml", "homeservers:\n  hs1.test:\n    main:\n      limits:\n        memory: 64MiB\n"));

        var problem = await Assert.ThrowsAsync<LabException>(() => StartAsync(topology, One, new SilentReport()));

        Assert.Contains(
            "container main ended with exit code 137: killed for lack of memory, having used all of its limit of 64 MiB. "
                + "Raise homeservers.hs1.test.main.limits.memory (narrow.yaml:5)",
            problem.Message,
            StringComparison.Ordinal);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task What_a_start_that_was_killed_left_behind_the_next_down_removes()
    {
        await KillInTheMiddleAsync();

        var (exitCode, _, error) = await LabProgram.RunAsync("down", One);

        Assert.True(exitCode == ExitCodes.Fine, error);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task What_a_start_that_was_killed_left_behind_the_next_up_removes_before_it_starts()
    {
        await KillInTheMiddleAsync();

        var (exitCode, output, error) = await LabProgram.RunAsync("up", "monolith", "--name", One, "--detach");

        Assert.True(exitCode == ExitCodes.Fine, error);
        Assert.Contains("removing what an interrupted start", output, StringComparison.Ordinal);
        await using var lab = await RunningLab.AttachAsync(One, _root, None);
        Assert.All(await lab.LookAsync(None), look => Assert.True(look.Value.Holds, look.Value.Seen));
    }

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

        await using (var one = await RunningLab.AttachAsync(One, _root, None))
        await using (var two = await RunningLab.AttachAsync(Two, _root, None))
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
        await using var left = await RunningLab.AttachAsync(Two, _root, None);
        Assert.All(await left.LookAsync(None), look => Assert.True(look.Value.Holds, look.Value.Seen));
    }

    [Fact]
    public async Task A_lab_that_runs_is_found_running_and_is_not_changed_and_another_topology_does_not_take_its_name()
    {
        Assert.Equal(ExitCodes.Fine, (await LabProgram.RunAsync("up", "monolith", "--name", One, "--detach")).ExitCode);
        var before = await _engine.ListAsync($"{LabLabels.Name}={One}", None);

        var again = await LabProgram.RunAsync("up", "monolith", "--name", One, "--detach");
        var other = await LabProgram.RunAsync("up", "reference", "--name", One, "--detach");

        Assert.Equal(ExitCodes.Fine, again.ExitCode);
        Assert.Contains("is running already; nothing was changed", again.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.WrongUse, other.ExitCode);
        Assert.Contains($"lab '{One}' is running topology monolith, not reference", other.Error, StringComparison.Ordinal);
        var after = await _engine.ListAsync($"{LabLabels.Name}={One}", None);
        Assert.Equal(
            before.Select(container => (container.Id, container.State)),
            after.Select(container => (container.Id, container.State)));
    }

    [Fact]
    public async Task Ctrl_C_in_the_middle_of_a_start_leaves_nothing()
    {
        using var starting = LabProgram.Start(null, "up", "monolith", "--name", One);
        await ContainersAppearAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using (Process.Start("kill", ["-INT", $"{starting.Id}"]))
        {
            await starting.WaitForExitAsync(limit.Token);
        }

        Assert.Equal(ExitCodes.Failed, starting.ExitCode);
        await NothingIsLeftAsync(One);
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
            var result = await ExternalCommand.RunAsync("sh", ["-c", $"cd '{_root.Path}' && {command}"], null, limit.Token);
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

    private async Task KillInTheMiddleAsync()
    {
        using var starting = LabProgram.Start(null, "up", "monolith", "--name", One, "--detach");
        await ContainersAppearAsync();
        starting.Kill();
        await starting.WaitForExitAsync(None);
    }

    private Task ContainersAppearAsync() => new Waiter(TimeProvider.System).UntilAsync(
        TimeSpan.FromMinutes(2),
        "the first container is there",
        async token => (await _engine.ListAsync($"{LabLabels.Name}={One}", token)).Count is > 0 and var count
            ? Observation.Yes($"{count}")
            : Observation.No("none"),
        None);

    private Task StartAsync(Topology topology, string name, IStartReport report)
    {
        var starter = new LabStarter(_root, _engine, TimeProvider.System, _processes);
        return starter.StartAsync(
            new LabStartRequest(topology) { LabName = name },
            new ComposeRuntime(_engine, new LabCleaner(_engine, _processes, TimeProvider.System)),
            report,
            None);
    }

    private async Task NothingIsLeftAsync(string name)
    {
        var label = $"{LabLabels.Name}={name}";
        Assert.Empty(await _engine.ListAsync(label, None));
        Assert.Empty(await _engine.ListNetworksAsync(label, None));
        Assert.Empty(await _engine.ListVolumesAsync(label, None));
        Assert.False(Directory.Exists(_root.Lab(name).Path));
        Assert.DoesNotContain(
            _processes.All(),
            process => process.Command.Contains(
                $"--project-name {ComposeRenderer.ProjectName(name, _root.Lab(name).Mark)} ",
                StringComparison.Ordinal));
    }

    private string Topology(string name, string text)
    {
        var file = _temporary.File(name);
        File.WriteAllText(file, text);
        return file;
    }

    // Measures from the engine's own time of death to the telling.
    private sealed class DeathReport(DockerEngine engine, string container) : IStartReport
    {
        public TimeSpan ToldAfter { get; private set; } = TimeSpan.MaxValue;

        public void Note(string line)
        {
        }

        public void Healthy(string part, TimeSpan after)
        {
        }

        public void Failed(IReadOnlyList<Problem> problems)
        {
            var told = DateTimeOffset.UtcNow;
            // The engine announces a death a moment before it has noted it.
            ToldAfter = engine.InspectAsync(container, CancellationToken.None).GetAwaiter().GetResult()!.FinishedAt is { } finished
                && finished < told
                ? told - finished
                : TimeSpan.Zero;
        }
    }

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Alone
    {
        public const string Name = "accidents, alone";
    }
}
