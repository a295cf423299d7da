using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Testcontainers;
using SynapseLab.Tests.AppHost;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// A lab of which a container or process dies during the start, and which is kept to be looked at: each way of starting one.
/// </summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class KeptStartTests : IAsyncLifetime
{
    // Synapse itself refuses this value; the lab passes options through. Only the process with the media reads it
    // (synapse/config/repository.py); main goes on.
    private const string Dies =
        "homeservers:\n  hs1.test:\n    main: {}\n    workers: {media: {role: media_repository}}\n    options: {max_upload_size: many}\n";
    private const string Cause = "ValueError: invalid literal for int() with base 10: 'many'";
    private static readonly string Name = TestLabs.Name("kept-start");
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly LabRoot _root = LabRoot.Find();
    private readonly DockerEngine _engine = DockerEngine.OfThisMachine();
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Status_logs_and_collect_show_it_until_the_next_up_removes_it()
    {
        var topology = Topology(Dies);

        var up = await LabAsync("up", topology, "--name", Name, "--detach", "--keep");
        var status = await LabAsync("status", "--name", Name);
        var logs = await LabAsync("logs", "media", "--name", Name);
        var collect = await LabAsync("collect", _folder.File("kept"), "--name", Name);

        Assert.Equal(ExitCodes.Failed, up.ExitCode);
        Assert.EndsWith(
            $"lab: lab {Name} did not start and is kept as it is. Look at it (./lab status --name {Name}), "
                + $"keep its logs (./lab collect DIR --name {Name}), take it down: ./lab down {Name}\n",
            up.Error,
            StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, status.ExitCode);
        Assert.Matches("(?m)^did not start: container media ended with exit code 1; its last lines:$", status.Output);
        Assert.Matches("(?m)^media +ended since [0-9:]+ UTC: not by a command of the lab, exit code 1$", status.Output);
        Assert.Matches("(?m)^postgres .* healthy", status.Output);
        Assert.Equal(ExitCodes.Fine, logs.ExitCode);
        Assert.Contains(Cause, logs.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, collect.ExitCode);
        var kept = new CollectedFolder(_folder.File("kept"));
        Assert.Contains(Cause, kept["logs/media.log"], StringComparison.Ordinal);
        Assert.Contains("\"phase\": \"failed\"", kept["status.json"], StringComparison.Ordinal);
        Assert.Matches("(?m)^metrics of media: ended since [0-9:]+ UTC: not by a command of the lab, exit code 1$", kept["missing.txt"]);
        Assert.Contains("max_upload_size: many", kept["config/hs1/homeserver.yaml"], StringComparison.Ordinal);
        kept.HasNoSecretOf(_root.Lab(Name));

        // One that goes no further than to choose its ports.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var offset = ((IPEndPoint)listener.LocalEndpoint).Port - PortPlan.Default.Client;
        var again = await LabAsync("up", topology, "--name", Name, "--detach", "--ports", offset.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(ExitCodes.WrongUse, again.ExitCode);
        Assert.Contains($"removing lab '{Name}', which did not start and was kept ...", again.Output, StringComparison.Ordinal);
        await NothingIsLeftAsync(Name, _root);
    }

    [Fact]
    public async Task A_module_s_lab_is_there_for_collect_until_it_is_disposed_of()
    {
        var synapse = new SynapseLabBuilder().WithFolder(_folder.Path).WithTopology(Topology($"packing: one-container\n{Dies}")).Build();
        await using (synapse)
        {
            var failure = await Assert.ThrowsAsync<LabException>(() => synapse.StartAsync());
            Assert.StartsWith("process media ended with exit code 1", failure.Message, StringComparison.Ordinal);

            var missing = await synapse.CollectAsync(_folder.File("kept"));

            Assert.StartsWith(
                "metrics of media: ended since ",
                Assert.Single(missing, problem => problem.Where == "metrics of media").ToString(),
                StringComparison.Ordinal);
            Assert.Contains(Cause, new CollectedFolder(_folder.File("kept"))["logs/media.log"], StringComparison.Ordinal);
        }

        await NothingIsLeftAsync(synapse.Name, new LabRoot(_folder.Path));
    }

    [Fact]
    public async Task An_AppHost_goes_on_with_it_until_it_is_taken_down_and_ends_with_the_exit_code_of_the_failure()
    {
        using var limit = new CancellationTokenSource(Deadline);
        using var appHost = AppHostProgram.Start("--topology", Topology(Dies), "--name", Name, "--keep");
        var error = appHost.StandardError.ReadToEndAsync(limit.Token);
        var said = new List<string>();
        while (await appHost.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            said.Add(line);
            if (line.Contains($"lab {Name} did not start and is kept", StringComparison.Ordinal))
            {
                break;
            }
        }

        var output = appHost.StandardOutput.ReadToEndAsync(limit.Token);
        Assert.False(appHost.HasExited, $"{string.Join('\n', said)}\n{(appHost.HasExited ? await error : "")}");
        var status = await LabAsync("status", "--name", Name);
        Assert.Matches("(?m)^did not start: container media ended with exit code 1; its last lines:$", status.Output);
        await LabAsync("collect", _folder.File("kept"), "--name", Name);
        Assert.Contains(Cause, new CollectedFolder(_folder.File("kept"))["logs/media.log"], StringComparison.Ordinal);

        Assert.Equal(ExitCodes.Fine, (await LabAsync("down", Name)).ExitCode);
        await appHost.WaitForExitAsync(limit.Token);
        await output;
        Assert.Equal(ExitCodes.Failed, appHost.ExitCode);
        Assert.Contains("ended with exit code 1; its last lines:", await error, StringComparison.Ordinal);
        await NothingIsLeftAsync(Name, _root);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        // Of a test that failed halfway.
        await new LabCleaner(_engine, new ProcessTable(), TimeProvider.System).RemoveAsync(Name, _root.Lab(Name), CancellationToken.None);
        _engine.Dispose();
        _folder.Dispose();
    }

    private string Topology(string text)
    {
        File.WriteAllText(_folder.File("dies.yaml"), text);
        return _folder.File("dies.yaml");
    }

    private static async Task<(int ExitCode, string Output, string Error)> LabAsync(params string[] words)
    {
        var command = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };
        return (await command.RunAsync(words, CancellationToken.None), command.Output, command.Error);
    }

    private async Task NothingIsLeftAsync(string name, LabRoot root)
    {
        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={name}", CancellationToken.None));
        Assert.Empty(await _engine.ListNetworksAsync($"{LabLabels.Name}={name}", CancellationToken.None));
        Assert.False(Directory.Exists(root.Lab(name).Path));
    }
}
