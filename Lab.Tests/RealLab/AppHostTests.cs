using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.AppHost;
using SynapseLab.Tests.Cli;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>The AppHost as a program of its own, on Aspire.</summary>
[Collection(Alone.Name)]
public sealed partial class AppHostTests : IAsyncLifetime
{
    private static readonly string LabName = TestLabs.Name("apphost");
    private static readonly TimeSpan PortsFreeWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly LabRoot _root = LabRoot.Find();
    private readonly IContainerEngine _engine = DockerEngine.OfThisMachine();
    private readonly ConcurrentQueue<string> _said = [];
    private readonly HashSet<string> _networks = [];
    private Process? _appHost;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_appHost is { HasExited: false })
        {
            _appHost.Kill(entireProcessTree: true);
        }

        _appHost?.Dispose();
        await new LabCleaner(_engine, new ProcessTable(), TimeProvider.System).RemoveAsync(
            LabName,
            _root.Lab(LabName),
            CancellationToken.None);
        _engine.Dispose();
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task One_command_starts_a_lab_that_serves_and_Ctrl_C_leaves_nothing_of_it()
    {
        using var limit = new CancellationTokenSource(Deadline);
        await StartAsync(limit.Token);

        var state = LabState.TryLoad(_root.Lab(LabName))!;
        Assert.Equal(("aspire", LabPhase.Running), (state.Runtime, state.Phase));
        using var http = new HttpClient();
        var client = state.Deployment.Endpoints.Single(endpoint => endpoint.Name == "client").Uri;
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(client, "/_matrix/client/versions"), limit.Token)).StatusCode);
        var page = new Uri(_said.Select(line => LoginPage().Match(line)).First(match => match.Success).Value);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(page, limit.Token)).StatusCode);

        var second = AppHostProgram.Start("--topology", "monolith", "--name", LabName);
        Assert.StartsWith(
            $"lab: lab {LabName} is running already; nothing was changed",
            await second.StandardError.ReadToEndAsync(limit.Token));
        await second.WaitForExitAsync(limit.Token);
        Assert.Equal(ExitCodes.Fine, second.ExitCode);

        await SignalAsync("INT", limit.Token);
        Assert.Equal(ExitCodes.Fine, _appHost!.ExitCode);
        await NothingIsLeftAsync(state, limit.Token);
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task After_a_kill_the_next_start_cleans_up_and_lab_down_ends_an_AppHost_with_its_lab()
    {
        using var limit = new CancellationTokenSource(Deadline);
        await StartAsync(limit.Token);
        var before = LabState.TryLoad(_root.Lab(LabName))!;
        await SignalAsync("KILL", limit.Token);

        await StartAsync(limit.Token);
        var state = LabState.TryLoad(_root.Lab(LabName))!;
        Assert.NotEqual(before.StarterPid, state.StarterPid);
        Assert.Contains(_said, line =>
            line.Contains($"removing what an interrupted run of '{LabName}' left behind", StringComparison.Ordinal));

        await new LabCleaner(_engine, new ProcessTable(), TimeProvider.System).RemoveAsync(LabName, _root.Lab(LabName), limit.Token);
        await _appHost!.WaitForExitAsync(limit.Token);
        Assert.Equal(ExitCodes.Fine, _appHost.ExitCode);
        Assert.Contains(_said, line => line.EndsWith($"lab {LabName} was taken down", StringComparison.Ordinal));
        await NothingIsLeftAsync(state, limit.Token);
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task After_a_kill_in_the_middle_of_its_start_lab_down_leaves_nothing_of_it()
    {
        using var limit = new CancellationTokenSource(Deadline);
        _appHost = AppHostProgram.Start("--topology", "monolith", "--name", LabName);
        _ = ReadOnAsync(_appHost.StandardOutput);
        _ = _appHost.StandardError.ReadToEndAsync(limit.Token);
        await new Waiter(TimeProvider.System).UntilAsync(
            Deadline,
            "the first container is there",
            async token =>
                new Observation((await _engine.ListAsync($"{LabLabels.Name}={LabName}", token)).Count > 0, string.Join(" / ", _said)),
            limit.Token);
        var state = LabState.TryLoad(_root.Lab(LabName))!;
        await SignalAsync("KILL", limit.Token);

        // Aspire's orchestrator has not heard of it yet, and goes on starting.
        var (exitCode, output, error) = await LabProgram.RunAsync("down", LabName);

        Assert.Equal((ExitCodes.Fine, ""), (exitCode, error));
        Assert.StartsWith($"lab {LabName} is down", output);
        await NothingIsLeftAsync(state, limit.Token);
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task Ports_that_somebody_has_are_told_with_who_has_them_before_there_is_a_dashboard()
    {
        using var limit = new CancellationTokenSource(Deadline);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        _appHost = AppHostProgram.Start(
            "--topology",
            "monolith",
            "--name",
            LabName,
            "--ports",
            (port - PortPlan.Default.Client).ToString(CultureInfo.InvariantCulture));
        var output = _appHost.StandardOutput.ReadToEndAsync(limit.Token);
        var error = await _appHost.StandardError.ReadToEndAsync(limit.Token);
        await _appHost.WaitForExitAsync(limit.Token);

        Assert.StartsWith($"lab: 127.0.0.1:{port}: the port is taken by process {Environment.ProcessId}", error);
        Assert.DoesNotContain("dashboard at", await output);
        Assert.Equal(ExitCodes.WrongUse, _appHost.ExitCode);
        Assert.False(Directory.Exists(_root.Lab(LabName).Path));
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task A_container_that_dies_during_the_start_ends_it_with_its_last_lines_and_nothing_is_left()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var file = Path.Combine(Path.GetTempPath(), $"{LabName}.yaml");
        // Less than main needs to import itself.
        await File.WriteAllTextAsync(file, "homeservers:\n  hs1.test:\n    main: {limits: {memory: 24MiB}}\n", limit.Token);
        try
        {
            _appHost = AppHostProgram.Start("--topology", file, "--name", LabName);
            _ = _appHost.StandardOutput.ReadToEndAsync(limit.Token);
            var error = await _appHost.StandardError.ReadToEndAsync(limit.Token);
            await _appHost.WaitForExitAsync(limit.Token);

            Assert.StartsWith("lab: container main ended with exit code ", error);
            Assert.DoesNotContain("   at ", error);
            Assert.Equal(ExitCodes.Failed, _appHost.ExitCode);
            Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={LabName}", limit.Token));
            Assert.False(Directory.Exists(_root.Lab(LabName).Path));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task NothingIsLeftAsync(LabState state, CancellationToken cancellationToken)
    {
        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={LabName}", cancellationToken));
        Assert.Empty(await _engine.ListNetworksAsync($"{LabLabels.Name}={LabName}", cancellationToken));
        Assert.Empty(await _engine.ListVolumesAsync($"{LabLabels.Name}={LabName}", cancellationToken));
        Assert.False(Directory.Exists(_root.Lab(LabName).Path));
        Assert.DoesNotContain(await _engine.ListNetworksAsync(null, cancellationToken), network => _networks.Contains(network.Name));
        await new Waiter(TimeProvider.System).UntilAsync(
            PortsFreeWithin,
            [.. state.Deployment.Endpoints.Select(endpoint => endpoint.Uri.Port).Select(port =>
                new Condition($"port {port} is free", async token => await FreeOrOthersAsync(port, token)))],
            null,
            cancellationToken);
    }

    // Another checkout's lab takes the first free block, which this one's is as soon as it is gone.
    private async Task<Observation> FreeOrOthersAsync(int port, CancellationToken cancellationToken)
    {
        if (LoopbackPort.IsFree(port))
        {
            return Observation.Yes("free");
        }

        var holder = (await _engine.ListAsync(null, cancellationToken)).FirstOrDefault(container => container.Ports.Contains(port));
        return holder is null ? Observation.No("taken, and by no container") : Observation.Yes($"taken by {holder.Name}");
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _appHost = AppHostProgram.Start("--topology", "monolith", "--name", LabName);
        var errors = _appHost.StandardError.ReadToEndAsync(cancellationToken);
        _said.Clear();
        while (await _appHost.StandardOutput.ReadLineAsync(cancellationToken) is { } next)
        {
            _said.Enqueue(next);
            if (next.Contains($"status: ./lab status --name {LabName}", StringComparison.Ordinal))
            {
                _ = ReadOnAsync(_appHost.StandardOutput);
                _networks.UnionWith(
                    (await _engine.ListAsync($"{LabLabels.Name}={LabName}", cancellationToken)).SelectMany(container =>
                        container.Addresses.Keys));
                return;
            }
        }

        Assert.Fail($"The AppHost ended before its lab was healthy. It said:\n{string.Join('\n', _said)}\n{await errors}");
    }

    private async Task ReadOnAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } next)
        {
            _said.Enqueue(next);
        }
    }

    private async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _appHost!.Id.ToString(CultureInfo.InvariantCulture)]);
        await _appHost.WaitForExitAsync(cancellationToken);
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[0-9]+/login\?t=[0-9a-f]+")]
    private static partial Regex LoginPage();

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Alone
    {
        public const string Name = "AppHost, alone";
    }
}
