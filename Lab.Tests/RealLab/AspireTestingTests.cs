using SynapseLab.Scenarios.Catalogue;
using System.Globalization;
using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using SynapseLab.Conventions;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Scenarios;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Documented;
using SynapseLab.Tests.Scenarios.Real;
using SynapseLab.Waiting;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.RealLab;

/// <summary>The lab's own AppHost in a test of Aspire.Hosting.Testing, by the fixture that docs/testing.md shows.</summary>
[Collection(AppHostTests.Alone.Name)]
public sealed class AspireTestingTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Killed = "generic_worker2";
    // The fixture's.
    private static readonly string LabName = $"test-{Environment.ProcessId}";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(6);
    // Ends a hanging test: Aspire's orchestrator tidies up after the application has ended, one container after another.
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(2);

    private readonly SynapseApplicationFixture _fixture = new();
    private readonly LabRoot _root = LabRoot.Find();
    private readonly IContainerEngine _engine = DockerEngine.OfThisMachine();
    private readonly ProcessTable _processes = new();

    private DistributedApplication Application => _fixture.Application;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await new LabCleaner(_engine, _processes, TimeProvider.System).RemoveAsync(LabName, _root.Lab(LabName), CancellationToken.None);
        _engine.Dispose();
    }

    [Fact]
    [Trait("Lab", "real")]
    public async Task It_starts_becomes_healthy_carries_a_scenario_outlives_a_killed_worker_is_fresh_after_a_reset_and_leaves_nothing()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var before = Orchestrators();
        HashSet<int> started;
        HashSet<string> networks;
        await _fixture.InitializeAsync().WaitAsync(limit.Token);
        try
        {
            await AllHealthyAsync(limit.Token);
            await using var lab = await Application.AttachToSynapseAsync("hs1", limit.Token);

            await ScenarioRunner.RunAsync(
                ScenarioCatalogue.Find("sync-affinity"),
                lab,
                new TestStory(output, lab.Time),
                ScenarioRunner.DefaultSeed,
                limit.Token);

            await KillAsync(limit.Token);
            Assert.Equal(
                [Killed],
                (await lab.HealthAsync(limit.Token)).Where(health => !health.IsHealthy).Select(health => health.Part.Name));
            Assert.Equal(["generic_worker1", "generic_worker3"], await ServedByAsync(lab, limit.Token));

            await ResetAsync(limit.Token);

            started = [.. Orchestrators().Except(before)];
            Assert.NotEmpty(started);
            networks = [.. lab.Containers.Values.SelectMany(container => container.Addresses.Keys)];
            Assert.NotEmpty(networks);
        }
        finally
        {
            await _fixture.DisposeAsync();
        }

        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={LabName}", limit.Token));
        Assert.DoesNotContain(await _engine.ListNetworksAsync(null, limit.Token), network => networks.Contains(network.Name));
        Assert.Empty(await _engine.ListVolumesAsync($"{LabLabels.Name}={LabName}", limit.Token));
        Assert.False(Directory.Exists(_root.Lab(LabName).Path));
        await new Waiter(TimeProvider.System).UntilAsync(
            EndsWithin,
            "no process is left",
            _ => Task.FromResult(Left(started)),
            limit.Token);
    }

    private async Task AllHealthyAsync(CancellationToken cancellationToken)
    {
        var resources = Application.Services.GetRequiredService<DistributedApplicationModel>().Resources;
        foreach (var resource in resources.Where(resource => resource.HasAnnotationOfType<HealthCheckAnnotation>()))
        {
            await Application.ResourceNotifications.WaitForResourceHealthyAsync(resource.Name, cancellationToken);
        }
    }

    private async Task ResetAsync(CancellationToken cancellationToken)
    {
        using var connections = new MatrixConnections();
        var addresses = await AddressesAsync();
        var client = new MatrixClient(connections.Http, new Uri((await Application.GetConnectionStringAsync("hs1", cancellationToken))!));
        var alice = await client.RegisterAsync("alice", "correct horse battery", cancellationToken);

        await Application.ResetSynapseAsync("hs1", cancellationToken);

        var gone = await Assert.ThrowsAsync<MatrixException>(() => client.With(alice.AccessToken).WhoAmIAsync(cancellationToken));
        Assert.Equal(HttpStatusCode.Unauthorized, gone.Status);
        Assert.Equal(alice.UserId, (await client.RegisterAsync("alice", "correct horse battery", cancellationToken)).UserId);
        Assert.Equal(addresses, await AddressesAsync());
        await AllHealthyAsync(cancellationToken);

        // The proxy's; one that does not run publishes nothing.
        async Task<IEnumerable<string>> AddressesAsync() =>
        [
            (await Application.GetConnectionStringAsync("hs1", cancellationToken))!,
            .. (await _engine.ListAsync($"{LabLabels.Name}={LabName}", cancellationToken))
                .Select(one => one.Name.EndsWith("proxy", StringComparison.Ordinal) ? $"{one.Id} {string.Join(' ', one.Ports.Order())}" : one.Id)
                .Order(),
        ];
    }

    private async Task KillAsync(CancellationToken cancellationToken)
    {
        var name = Killed.Replace('_', '-');
        var killed = await Application.ResourceCommands.ExecuteCommandAsync(name, "kill", cancellationToken);
        Assert.True(killed.Success, killed.Message);
        await Application.ResourceNotifications.WaitForResourceAsync(name, KnownResourceStates.Exited, cancellationToken);
    }

    // Whose requests go to any generic worker, by the user: as many users as leave none of three without one.
    private static async Task<IEnumerable<string>> ServedByAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        const int Users = 24;
        using var connections = new MatrixConnections();
        var calls = new System.Collections.Concurrent.ConcurrentBag<MatrixCall>();
        var secret = await lab.RegistrationSharedSecretAsync(null, cancellationToken);
        var client = new MatrixClient(connections.Http, lab.ClientUri(), observer: calls.Add);
        for (var user = 0; user < Users; user++)
        {
            var session = await client.RegisterWithSecretAsync(
                $"follows-{user}",
                "correct horse battery",
                secret,
                admin: false,
                cancellationToken);
            await client.With(session.AccessToken).SendAsync(HttpMethod.Get, "/_matrix/client/v3/sync?timeout=0", null, cancellationToken);
        }

        return calls
            .Where(call => call.Path.StartsWith("/_matrix/client/v3/sync", StringComparison.Ordinal))
            .Select(call => call.Worker!)
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    private Observation Left(HashSet<int> started) =>
        started.Where(pid => _processes.StartOf(pid) is not null).ToArray() is { Length: > 0 } left
        ? Observation.No($"{string.Join(", ", left)} run")
        : Observation.Yes("all have ended");

    // Aspire's orchestrator is nobody's child: it says whom it watches ("dcp start-apiserver --monitor 4711 --kubeconfig /tmp/...").
    private static HashSet<int> Orchestrators() =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit)).Select(name =>
            int.Parse(name!, CultureInfo.InvariantCulture))
            .Where(pid => CommandLine(pid).Contains($"--monitor\0{Environment.ProcessId}\0", StringComparison.Ordinal)),
    ];

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }
}
