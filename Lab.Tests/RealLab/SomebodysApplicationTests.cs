using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.Telemetry;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>An application as anybody may have one, with a homeserver in it among other things.</summary>
[Collection(AppHostTests.Alone.Name)]
public sealed class SomebodysApplicationTests : IAsyncLifetime
{
    private static readonly string LabName = TestLabs.Name("somebodys");
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ArrivesWithin = TimeSpan.FromSeconds(30);

    private readonly LabRoot _root = LabRoot.Find();
    private readonly IContainerEngine _engine = DockerEngine.OfThisMachine();
    private readonly CancellationTokenSource _limit = new(Deadline);
    // Whose orchestrator and dashboard are found: those of the lab's AppHost, as a project that says Sdk="Aspire.AppHost.Sdk" has its own.
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder(
        new DistributedApplicationOptions { Args = [], DisableDashboard = true, AssemblyName = "AppHost" });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await new LabCleaner(_engine, new ProcessTable(), TimeProvider.System).RemoveAsync(
            LabName,
            _root.Lab(LabName),
            CancellationToken.None);
        _engine.Dispose();
        _limit.Dispose();
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task A_bot_waits_for_its_homeserver_and_registers_there_with_the_secret_that_it_is_given()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        _builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Http.ToString();
        _builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        var images = await new MachineImages(_root, _engine).ForLabAsync(null, _ => { }, _limit.Token);
        // Somebody's own, of a name that a part of the homeserver has on a network of its own.
        var image = images.Redis.Split(':');
        _builder.AddContainer("postgres", image[0], image[1]);
        var hs1 = _builder.AddSynapse("hs1").WithLabName(LabName).WithPacking(Packing.OneContainer).WithWorkers("generic_worker");
        _builder.AddExecutable("bot", "dotnet", ".", BotProgram, "hs1").WithReference(hs1).WaitFor(hs1);
        await using var application = _builder.Build();
        await application.StartAsync(_limit.Token);

        var bot = await application.ResourceNotifications.WaitForResourceAsync(
            "bot",
            one => KnownResourceStates.TerminalStates.Contains(one.Snapshot.State?.Text),
            _limit.Token);

        var said = await LogOfAsync(application, bot.ResourceId);
        Assert.True(bot.Snapshot.ExitCode == 0, said);
        await using var lab = await RunningLab.AttachAsync(LabName, _root, _limit.Token);
        await using var names = lab
            .Database()
            .CreateCommand(
                "SELECT count(*) FROM users JOIN events ON sender = name WHERE name LIKE '@bot-%:hs1.test' AND type = 'm.room.message'");
        Assert.Equal(1L, await names.ExecuteScalarAsync(_limit.Token));
        Assert.DoesNotContain(await lab.RegistrationSharedSecretAsync(null, _limit.Token), said + await LogOfAsync(application, "hs1"));
        await lab.Waiter.UntilAsync(
            ArrivesWithin,
            "whoever listens for telemetry has the workers' log",
            _ => Task.FromResult(Logged(receiver, "generic_worker1", "/send/m.room.message/")),
            _limit.Token);
        await lab.Waiter.UntilAsync(
            ArrivesWithin,
            "and main's, from its start on",
            _ => Task.FromResult(Logged(receiver, "main", "STARTING SERVER")),
            _limit.Token);
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task What_keeps_a_homeserver_from_starting_is_shown_on_its_resource_and_the_rest_of_the_application_runs()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var hs1 = _builder.AddSynapse("hs1").WithLabName(LabName).WithPortOffset(port - PortPlan.Default.Client);
        _builder.AddExecutable("other", "sleep", ".", "600");
        _builder.AddExecutable("bot", "sleep", ".", "600").WaitFor(hs1);
        await using var application = _builder.Build();
        await application.StartAsync(_limit.Token);

        await application.ResourceNotifications.WaitForResourceAsync("hs1", KnownResourceStates.FailedToStart, _limit.Token);
        await application.ResourceNotifications.WaitForResourceAsync("other", KnownResourceStates.Running, _limit.Token);
        await application.ResourceNotifications.WaitForResourceAsync("bot", KnownResourceStates.FailedToStart, _limit.Token);

        Assert.Contains($"127.0.0.1:{port}: the port is taken by process {Environment.ProcessId}", await LogOfAsync(application, "hs1"));
        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={LabName}", _limit.Token));
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task A_container_that_dies_during_the_start_is_told_on_the_resource_with_its_last_lines()
    {
        using var folder = new TemporaryFolder();
        // Less than main needs to import itself.
        await File.WriteAllTextAsync(
            folder.File("narrow.yaml"),
            "homeservers:\n  hs1.test:\n    main: {limits: {memory: 24MiB}}\n",
            _limit.Token);
        _builder.AddSynapse("hs1").WithLabName(LabName).WithTopology(folder.File("narrow.yaml"));
        await using var application = _builder.Build();
        await application.StartAsync(_limit.Token);

        await application.ResourceNotifications.WaitForResourceAsync("hs1", KnownResourceStates.FailedToStart, _limit.Token);

        Assert.Contains("container main ended with exit code ", await LogOfAsync(application, "hs1"));
        // Until the application ends it is there for ./lab status, logs and collect.
        var engine = DockerEngine.OfThisMachine();
        await using (var lab = await RunningLab.AttachToLookAsync(LabName, LabRoot.Find(), engine, TimeProvider.System, _limit.Token))
        {
            Assert.Equal(LabPhase.Failed, lab.State.Phase);
            Assert.StartsWith("ended since ", (await lab.LookAsync(_limit.Token))["main"].Seen, StringComparison.Ordinal);
        }

        await application.StopAsync(_limit.Token);
        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={LabName}", _limit.Token));
    }

    private static Observation Logged(OtlpReceiver receiver, string process, string text)
    {
        var records = receiver.Logs.Where(resource =>
            resource.Resource.Attributes.Any(one => one.Key == "service.instance.id" && one.Value.StringValue == process))
            .SelectMany(resource => resource.ScopeLogs).SelectMany(scope => scope.LogRecords).ToArray();
        return new Observation(
            records.Any(record => record.Body.StringValue.Contains(text, StringComparison.Ordinal)),
            $"{records.Length} records of {process}");
    }

    private static string BotProgram { get; } = Path.Combine(
        LabRoot.Find().Path, "Lab.Tests", "Bot", "bin", Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!, "net10.0", "Bot.dll");

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
