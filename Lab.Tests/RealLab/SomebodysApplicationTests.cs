using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>An application as anybody may have one, with a homeserver in it among other things.</summary>
[Collection(AppHostTests.Alone.Name)]
public sealed class SomebodysApplicationTests : IAsyncLifetime
{
    private static readonly string LabName = TestLabs.Name("somebodys");
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly LabRoot _root = LabRoot.Find();
    private readonly IContainerEngine _engine = SocketEngine.OfThisMachine();
    private readonly CancellationTokenSource _limit = new(Deadline);
    // Whose orchestrator and dashboard are found: those of the lab's AppHost, as a project that says Sdk="Aspire.AppHost.Sdk" has its own.
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = [], DisableDashboard = true, AssemblyName = "AppHost" });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await new LabCleaner(_engine, new ProcessTable(), TimeProvider.System).RemoveAsync(LabName, _root.Lab(LabName), CancellationToken.None);
        _engine.Dispose();
        _limit.Dispose();
    }

    [Fact]
    [Trait("Lab", "engine")]
    public async Task What_keeps_a_homeserver_from_starting_is_shown_on_its_resource_and_the_rest_of_the_application_runs()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 8008 + 17100);
        listener.Start();
        _builder.AddSynapse("hs1").WithLabName(LabName).WithPortOffset(17100);
        _builder.AddExecutable("other", "sleep", ".", "600");
        await using var application = _builder.Build();
        await application.StartAsync(_limit.Token);

        await application.ResourceNotifications.WaitForResourceAsync("hs1", KnownResourceStates.FailedToStart, _limit.Token);
        await application.ResourceNotifications.WaitForResourceAsync("other", KnownResourceStates.Running, _limit.Token);

        Assert.Contains($"127.0.0.1:{8008 + 17100}: the port is taken by process {Environment.ProcessId}", await LogOfAsync(application, "hs1"));
        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={LabName}", _limit.Token));
    }

    private static async Task<string> LogOfAsync(DistributedApplication application, string resource)
    {
        var lines = new List<string>();
        await foreach (var batch in application.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(resource))
        {
            lines.AddRange(batch.Select(line => line.Content));
        }

        return string.Join('\n', lines);
    }
}
