using System.Net;
using System.Net.Http.Headers;
using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Testcontainers;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>Labs that a test owns through the module for other people's tests, in a folder without a checkout.</summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class TestcontainersModuleTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _kept = TestLabs.Name("kept");
    private readonly DockerEngine _engine = DockerEngine.OfThisMachine();

    public TestcontainersModuleTests() => File.WriteAllText(
        _folder.File("small.yaml"),
        "homeservers:\n  hs1.test:\n    main: {}\n    workers:\n      generic_worker: {role: generic_worker}\n");

    private SynapseLabBuilder Builder =>
        new SynapseLabBuilder().WithFolder(_folder.Path).WithTopology(_folder.File("small.yaml")).WithPacking(Packing.OneContainer);

    [Fact]
    public async Task A_test_has_a_homeserver_with_workers_and_users_a_fresh_one_after_a_reset_and_leaves_nothing()
    {
        var variables = Environment.GetEnvironmentVariables().Keys.Cast<string>().Order().ToArray();
        var synapse = Builder.WithProxy("haproxy").Build();
        await using (synapse)
        {
            await synapse.StartAsync();

            Assert.Equal(["hs1.test"], synapse.ServerNames);
            Assert.Equal("haproxy", synapse.Lab.Deployment.Topology.Proxy.Kind);
            Assert.Equal("https", synapse.FederationUri().Scheme);
            var alice = await synapse.RegisterUserAsync("alice");
            Assert.Equal("@alice:hs1.test", alice.UserId);
            Assert.Equal(HttpStatusCode.OK, await WhoAmIAsync(alice));
            Assert.Contains(
                "M_USER_IN_USE",
                (await Assert.ThrowsAsync<LabException>(() => synapse.RegisterUserAsync("alice"))).InnerException!.ToString(),
                StringComparison.Ordinal);

            await synapse.ResetAsync();

            Assert.Equal(alice.Server, synapse.ClientUri());
            Assert.Equal(HttpStatusCode.Unauthorized, await WhoAmIAsync(alice));
            Assert.Equal(HttpStatusCode.OK, await WhoAmIAsync(await synapse.RegisterUserAsync("alice")));
        }

        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={synapse.Name}", CancellationToken.None));
        Assert.Empty(await _engine.ListNetworksAsync($"{LabLabels.Name}={synapse.Name}", CancellationToken.None));
        Assert.False(Directory.Exists(_folder.File($".lab/labs/{synapse.Name}")));
        Assert.Equal(variables, Environment.GetEnvironmentVariables().Keys.Cast<string>().Order());
    }

    [Fact]
    public async Task A_lab_that_is_kept_is_found_again_and_one_whose_test_process_is_gone_is_removed_by_the_next_start()
    {
        await using (var first = Builder.WithName(_kept).WithCleanUp(false).Build())
        {
            await first.StartAsync();
            await first.RegisterUserAsync("bob");
        }

        await using (var again = Builder.WithName(_kept).WithCleanUp(false).Build())
        {
            await again.StartAsync();
            Assert.Equal(1L, await again.Lab.Database().CreateCommand("SELECT count(*) FROM users").ExecuteScalarAsync());
        }

        // As if it had been to go with a process that died.
        var folder = new LabRoot(_folder.Path).Lab(_kept);
        (LabState.Load(folder)! with { LivesWithStarter = true, StarterStart = 1 }).Save(folder);
        await using var next = Builder.Build();
        await next.StartAsync();

        Assert.Empty(await _engine.ListAsync($"{LabLabels.Name}={_kept}", CancellationToken.None));
        Assert.False(Directory.Exists(folder.Path));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        // Of a test that failed halfway.
        var root = new LabRoot(_folder.Path);
        await new LabCleaner(_engine, new ProcessTable(), TimeProvider.System).RemoveAsync(_kept, root.Lab(_kept), CancellationToken.None);
        _engine.Dispose();
        _folder.Dispose();
    }

    private static async Task<HttpStatusCode> WhoAmIAsync(SynapseUser user)
    {
        using var connections = new MatrixConnections();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(user.Server, "/_matrix/client/v3/account/whoami"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", user.AccessToken);
        using var response = await connections.Http.SendAsync(request);
        return response.StatusCode;
    }
}
