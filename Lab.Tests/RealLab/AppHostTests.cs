using System.Diagnostics;
using System.Globalization;
using System.Net;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Tests.AppHost;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>The AppHost as a program of its own, on Aspire.</summary>
[Collection(Alone.Name)]
public sealed class AppHostTests : IAsyncLifetime
{
    private static readonly string LabName = TestLabs.Name("apphost");
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly LabRoot _root = LabRoot.Find();
    private readonly IContainerEngine _engine = SocketEngine.OfThisMachine();
    private Process? _appHost;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_appHost is { HasExited: false })
        {
            _appHost.Kill(entireProcessTree: true);
        }

        _appHost?.Dispose();
        await new LabCleaner(_engine, new ProcessTable(), TimeProvider.System).RemoveAsync(LabName, _root.Lab(LabName), CancellationToken.None);
        _engine.Dispose();
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task One_command_starts_a_lab_that_serves_and_Ctrl_C_leaves_nothing_of_it()
    {
        using var limit = new CancellationTokenSource(Deadline);
        _appHost = AppHostProgram.Start("--topology", "monolith", "--name", LabName);

        await ReadUntilAsync(_appHost, "Ctrl-C takes everything down.", limit.Token);
        var state = LabState.TryLoad(_root.Lab(LabName));
        Assert.Equal("aspire", state!.Runtime);
        using var http = new HttpClient();
        var client = state.Deployment.Endpoints.Single(endpoint => endpoint.Name == "client").Uri;
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(client, "/_matrix/client/versions"), limit.Token)).StatusCode);

        await InterruptAsync(_appHost, limit.Token);
        Assert.Equal(ExitCodes.Fine, _appHost.ExitCode);
        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={LabName}", limit.Token));
        Assert.Empty(await _engine.ListNetworksAsync($"{LabLabels.Name}={LabName}", limit.Token));
        Assert.False(Directory.Exists(_root.Lab(LabName).Path));
    }

    private static async Task ReadUntilAsync(Process program, string line, CancellationToken cancellationToken)
    {
        var errors = program.StandardError.ReadToEndAsync(cancellationToken);
        var read = new List<string>();
        while (await program.StandardOutput.ReadLineAsync(cancellationToken) is { } next)
        {
            read.Add(next);
            if (next == line)
            {
                return;
            }
        }

        Assert.Fail($"The AppHost ended without '{line}'. It said:\n{string.Join('\n', read)}\n{await errors}");
    }

    private static async Task InterruptAsync(Process program, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-INT", program.Id.ToString(CultureInfo.InvariantCulture)]);
        await program.WaitForExitAsync(cancellationToken);
    }

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Alone
    {
        public const string Name = "AppHost, alone";
    }
}
