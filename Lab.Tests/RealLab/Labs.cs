using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Compose;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.RealLab.Conformance;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// A running lab that the tests of a collection share, dirty as it is after each: they use fresh users and rooms. It is taken down after
/// the last of them; LAB_TESTS_KEEP=1 leaves it for the next run, which finds it if nothing of it changed, and one that did not start for a
/// look.
/// </summary>
/// <param name="topology">Name of a topology.</param>
/// <param name="packing">How its processes are packed.</param>
/// <param name="proxy">The lab's own proxy.</param>
/// <param name="experimental">Synapse's experimental features that are switched on, on every homeserver.</param>
public abstract class RunningLabFixture(
    string topology,
    Packing packing = Packing.Separate,
    string proxy = "nginx",
    params string[] experimental) : IAsyncLifetime
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(15);

    private RunningLab? _lab;
    private RunningRoutes? _routes;

    /// <summary>The lab.</summary>
    public RunningLab Lab => _lab ?? throw new InvalidOperationException("The lab is there between InitializeAsync and DisposeAsync.");

    /// <summary>What its processes register.</summary>
    public RunningRoutes Routes =>
        _routes ?? throw new InvalidOperationException("The lab is there between InitializeAsync and DisposeAsync.");

    public async Task InitializeAsync()
    {
        using var limit = new CancellationTokenSource(StartDeadline);
        var root = LabRoot.Find();
        var loaded = Load(new TopologyLibrary(root.Topologies));
        var request = new LabStartRequest(WithFeatures(loaded) with { Packing = packing, Proxy = loaded.Proxy with { Kind = proxy } })
        {
            LabName = TestLabs.Name($"{topology}{(packing == Packing.OneContainer ? "-packed" : "")}"),
            KeepFailed = Keep,
        };
        using var engine = DockerEngine.OfThisMachine();
        var starter = Starter(root, engine);
        try
        {
            await StartAsync(starter, request, engine, limit.Token);
        }
        catch (LabException e) when (e.ExitCode == ExitCodes.WrongUse && Directory.Exists(root.Lab(request.Name).Path))
        {
            // Left by an earlier run, of another version of the topology.
            await starter.StopAsync(request.Name, limit.Token);
            await StartAsync(starter, request, engine, limit.Token);
        }

        _lab = await RunningLab.AttachAsync(request.Name, root, limit.Token);
        await _lab.WaitReadyAsync(StartDeadline, limit.Token);
        _routes = new RunningRoutes(_lab);
    }

    /// <summary>
    /// For tests that killed Postgres: a process answers 500 once for each connection of its pool that died with it
    /// (synapse/storage/database.py notices only when it uses one), to whichever test asks next. Started anew, it has none of them.
    /// </summary>
    public async Task RestartProcessesAsync()
    {
        // The tests' own connections died, too.
        Lab.Databases.Clear();
        using var limit = new CancellationTokenSource(StartDeadline);
        await Task.WhenAll(Lab.Deployment.Processes.Select(process => Lab.RestartAsync(process.Id, limit.Token)));
        await Lab.WaitReadyAsync(StartDeadline, limit.Token);
    }

    public async Task DisposeAsync()
    {
        if (_lab is null)
        {
            return;
        }

        var name = _lab.Name;
        await _lab.DisposeAsync();
        if (!Keep)
        {
            using var engine = DockerEngine.OfThisMachine();
            await Starter(LabRoot.Find(), engine).StopAsync(name, CancellationToken.None);
        }
    }

    private static bool Keep => Environment.GetEnvironmentVariable("LAB_TESTS_KEEP") == "1";

    /// <summary>The topology; a file of the repository unless a lab has one of its own.</summary>
    protected virtual Topology Load(TopologyLibrary library) => library.Load(topology);

    private Topology WithFeatures(Topology loaded) => experimental.Length == 0 ? loaded : loaded with
    {
        Homeservers =
        [
            .. loaded.Homeservers.Select(homeserver => homeserver with
            {
                Options = new Dictionary<string, object?>(homeserver.Options)
                {
                    ["experimental_features"] = experimental.ToDictionary(feature => feature, _ => (object?)true),
                },
            }),
        ],
    };

    private static LabStarter Starter(LabRoot root, IContainerEngine engine) => new(root, engine, TimeProvider.System, new ProcessTable());

    private static Task StartAsync(
        LabStarter starter,
        LabStartRequest request,
        IContainerEngine engine,
        CancellationToken cancellationToken) =>
        starter.StartAsync(
            request,
            new ComposeRuntime(engine, new LabCleaner(engine, new ProcessTable(), TimeProvider.System)),
            new SilentReport(),
            cancellationToken);
}

/// <summary>Topology reference.</summary>
public sealed class ReferenceLab() : RunningLabFixture("reference")
{
    /// <summary>The collection's name.</summary>
    public const string Name = "reference lab";

    // One lab at a time: they share two cores with everything else.
    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<ReferenceLab>;
}

/// <summary>Topology reference with <c>packing: one-container</c> and <c>kind: haproxy</c> for its proxy.</summary>
public sealed class PackedLab() : RunningLabFixture("reference", Packing.OneContainer, "haproxy")
{
    /// <summary>The collection's name.</summary>
    public const string Name = "packed lab";

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<PackedLab>;
}

/// <summary>Topology monolith.</summary>
public sealed class MonolithLab() : RunningLabFixture("monolith")
{
    /// <summary>The collection's name.</summary>
    public const string Name = "monolith lab";

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<MonolithLab>;
}

/// <summary>Topology sharded.</summary>
public sealed class ShardedLab() : RunningLabFixture("sharded")
{
    /// <summary>The collection's name.</summary>
    public const string Name = "sharded lab";

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<ShardedLab>;
}

/// <summary>Topology every-role, packed as its file says, with the unstable features whose streams it has writers for.</summary>
public sealed class EveryRoleLab() : RunningLabFixture("every-role", Packing.OneContainer, "nginx", "msc3814_enabled", "msc4306_enabled")
{
    /// <summary>The collection's name.</summary>
    public const string Name = "every-role lab";

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<EveryRoleLab>;
}

/// <summary>Topology unix-sockets, in a container for each process: their sockets are in folders that they share.</summary>
public sealed class UnixSocketsLab() : RunningLabFixture("unix-sockets")
{
    /// <summary>The collection's name.</summary>
    public const string Name = "unix-sockets lab";

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<UnixSocketsLab>;
}

/// <summary>Topology federation.</summary>
public sealed class FederationLab() : RunningLabFixture("federation")
{
    /// <summary>The collection's name.</summary>
    public const string Name = "federation lab";

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<FederationLab>;
}

/// <summary>Topology federation with <c>packing: one-container</c>.</summary>
public sealed class PackedFederationLab() : RunningLabFixture("federation", Packing.OneContainer)
{
    /// <summary>The collection's name.</summary>
    public const string Name = "packed federation lab";

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<PackedFederationLab>;
}

/// <summary>
/// A homeserver that delegates login to an authentication service which is not there, with an application service whose registration the
/// topology brings in, and with few connections to its database.
/// </summary>
public sealed class DelegatedLab() : RunningLabFixture("delegated", Packing.OneContainer)
{
    /// <summary>The collection's name.</summary>
    public const string Name = "delegated lab";

    /// <summary>The application service's token.</summary>
    public const string ApplicationServiceToken = "token-of-the-tests";

    /// <summary>With which the homeserver comes to it.</summary>
    public const string HomeserverToken = "token-of-the-homeserver";

    /// <summary>Shared with the authentication service.</summary>
    public const string AuthenticationServiceSecret = "nobody knows";

    /// <inheritdoc/>
    protected override Topology Load(TopologyLibrary library)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("irc.yaml"), $$"""
            id: irc
            url: null
            as_token: {{ApplicationServiceToken}}
            hs_token: {{HomeserverToken}}
            sender_localpart: irc
            rate_limited: false
            namespaces: {users: [{exclusive: true, regex: '@irc_.*'}]}
            """);
        File.WriteAllText(folder.File("delegated.yaml"), $$"""
            postgres: {max_connections: 25}
            homeservers:
              hs1.test:
                main: {}
                files: {irc.yaml: irc.yaml}
                options:
                  app_service_config_files: [/config/files/irc.yaml]
                  database: {args: {cp_min: 1, cp_max: 3} }
                  matrix_authentication_service: {enabled: true, endpoint: 'http://mas.test:8080/', secret: {{AuthenticationServiceSecret}} }
            """);
        return library.Load(folder.File("delegated.yaml"));
    }

    [CollectionDefinition(Name, DisableParallelization = true)]
    public sealed class Collection : ICollectionFixture<DelegatedLab>;
}

/// <summary>A start that nobody watches; what goes wrong is in the exception.</summary>
internal sealed class SilentReport : IStartReport
{
    public void Note(string line)
    {
    }

    public void Healthy(string part, TimeSpan after)
    {
    }

    public void Failed(IReadOnlyList<Problem> problems)
    {
    }
}
