using System.Net;
using System.Net.Sockets;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Deployments.Compose;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using Xunit;

namespace SynapseLab.Tests.Deployments.Compose;

/// <summary>A project of compose/ as somebody without .NET starts it, in a folder, under a name and with ports of its own.</summary>
[Trait("Lab", "engine")]
public sealed class ComposeByHandTests : IAsyncLifetime
{
    private readonly string _name = $"test-by-hand-{Guid.NewGuid():n}"[..20];
    private readonly TemporaryFolder _folder = new();
    private readonly DockerEngine _engine = DockerEngine.OfThisMachine();
    private readonly Deployment _deployment;

    public ComposeByHandTests()
    {
        var ports = FreePorts(4);
        _deployment = KnownTopologies.Build(
            "monolith",
            new DeploymentInputs { LabName = _name, Ports = new PortPlan(ports[0], ports[1], ports[2], ports[3]) });
        LabFileWriter.Write(new LabFolder(_folder.Path), ComposeRenderer.RenderProject(_deployment));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        using (_engine)
        {
            await new LabCleaner(_engine, new ProcessTable(), TimeProvider.System).RemoveContainersAsync(
                _name,
                new LabFolder(_folder.Path),
                CancellationToken.None);
            // By hand, nothing says on a network whose it is.
            await _engine.RemoveNetworkAsync(LabLabels.Project(_name), CancellationToken.None);
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task Without_make_secrets_the_first_line_names_it_and_nothing_is_made()
    {
        var up = await ShellAsync("docker compose up --detach");

        Assert.NotEqual(0, up.ExitCode);
        Assert.EndsWith(
            "required variable LAB_UID is missing a value: run ./make-secrets first",
            up.Error.Split('\n')[0],
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("secrets")));
        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={_name}", CancellationToken.None));
    }

    [Fact]
    public async Task A_secret_that_is_missing_is_told_with_its_path_and_the_engine_makes_no_folder_in_its_place()
    {
        await ShellAsync("./make-secrets");
        File.Delete(_folder.File(LabSecrets.PostgresPassword));

        // Postgres alone: of the others the engine would still be making one when Compose has given up, and who cleans up then misses it.
        var up = await ShellAsync("docker compose up --detach postgres");

        Assert.NotEqual(0, up.ExitCode);
        Assert.Contains(
            $"bind source path does not exist: {_folder.File(LabSecrets.PostgresPassword)}",
            up.Error,
            StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder.File(LabSecrets.PostgresPassword)));
    }

    // As docker run --volume, and projects of earlier versions, leave them. The second run began with certs/ca.key written and ca.crt
    // refused.
    [Fact]
    public async Task Folders_that_an_engine_made_in_place_of_secrets_are_mended_also_after_make_secrets_has_met_them()
    {
        string[] taken = [LabSecrets.PostgresPassword, LabSecrets.PostgresPasswordFile, $"{LabSecrets.CertificateAuthority}.crt"];
        foreach (var path in taken)
        {
            Directory.CreateDirectory(_folder.File(path));
        }

        await File.WriteAllTextAsync(_folder.File($"{LabSecrets.CertificateAuthority}.key"), "of a run that ended here");

        var made = await ShellAsync("./make-secrets");

        Assert.True(made.ExitCode == 0, made.Error);
        Assert.All(taken, path => Assert.True(File.Exists(_folder.File(path)), path));
        Assert.All(taken, path =>
            Assert.Contains($"make-secrets: took back {path} from the engine. ", made.Output, StringComparison.Ordinal));
        var checkedCertificate = await ShellAsync("openssl verify -CAfile certs/ca.crt proxy/certs/hs1.test.crt");
        Assert.True(checkedCertificate.ExitCode == 0, checkedCertificate.Error);
    }

    [Fact]
    public async Task The_commands_of_its_README_start_it_and_take_it_down()
    {
        // The first is "cd reference".
        var commands = DocumentedCommands.Of("compose/README.md").Select(command => command.Text).ToArray();
        Assert.Equal("cd reference", commands[0]);
        foreach (var command in commands.Skip(1))
        {
            var result = await ShellAsync(command);
            Assert.True(result.ExitCode == 0, $"{command}: {result.Error}");
            if (command.Contains(" up ", StringComparison.Ordinal))
            {
                using var http = new HttpClient { BaseAddress = _deployment.Endpoints.First(endpoint => endpoint.Name == "client").Uri };
                Assert.Contains("v1.1", await http.GetStringAsync("/_matrix/client/versions"), StringComparison.Ordinal);
            }
        }

        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={_name}", CancellationToken.None));
    }

    private async Task<CommandResult> ShellAsync(string command)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        return await ExternalCommand.RunAsync("sh", ["-c", $"cd '{_folder.Path}' && {command}"], _engine.Socket.Environment, limit.Token);
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
