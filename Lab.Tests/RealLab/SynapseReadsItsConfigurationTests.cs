using System.Diagnostics;
using System.Text.Json;
using DotNet.Testcontainers.Configurations;
using SynapseLab.Deployments.Compose;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Tests.Containers;
using SynapseLab.Tests.Deployments;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// The rendered files, read by the Synapse of the image in use: what it takes them to mean, process by process. Synapse passes over options
/// that it does not know.
/// </summary>
[Trait("Lab", "real")]
public sealed class SynapseReadsItsConfigurationTests(ReadConfiguration read) : IClassFixture<ReadConfiguration>
{
    [Fact]
    public void Every_option_is_known_to_synapse() =>
        Assert.All(read.WithWorkers, process => Assert.Empty(process.Unknown));

    [Fact]
    public void No_rate_limit_of_this_synapse_is_forgotten() =>
        Assert.All(read.WithWorkers, process =>
        {
            Assert.True(process.Limits.Count >= 20, $"only {process.Limits.Count} limits found");
            Assert.All(process.Limits, limit => Assert.True(limit.Value >= 1_000_000, $"{limit.Key} is {limit.Value} a second"));
            Assert.Empty(process.Without);
        });

    [Fact]
    public void Each_process_knows_its_name_and_duties()
    {
        var processes = read.WithWorkers.ToDictionary(process => process.Name);
        Assert.Equal(
            [
                "events_persister1", "events_persister2", "federation_sender1", "federation_sender2", "generic_worker1", "master",
                "receipts_writer", "synchrotron1",
            ],
            processes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["federation_sender1", "federation_sender2"],
            processes.Values.Where(process => process.Sends).Select(process => process.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["master"], processes.Values.Where(process => process.Pushes).Select(process => process.Name));
        Assert.All(processes.Values, process =>
        {
            Assert.Equal(["events_persister1", "events_persister2"], process.Events);
            Assert.Equal(["federation_sender1", "federation_sender2"], process.Restricted!);
            Assert.True(process.Secret && process.Redis);
        });
    }

    [Fact]
    public void In_topology_every_role_each_duty_is_the_one_process_s_that_has_its_role()
    {
        Assert.All(read.EveryRole, process => Assert.Empty(process.Unknown));
        Assert.Equal(23, read.EveryRole.Count);
        Assert.All(read.EveryRole, process => Assert.Equal(["events_persister1", "events_persister2"], process.Events));
        Assert.Equal(["federation_sender"], Those(process => process.Sends));
        Assert.Equal(["pusher"], Those(process => process.Pushes));
        Assert.Equal(["background_worker"], Those(process => process.RunsBackgroundTasks));
        Assert.Equal(["appservice"], Those(process => process.NotifiesAppservices));
        Assert.Equal(["user_dir"], Those(process => process.UpdatesUserDirectory));
        Assert.Equal(["media_repository"], Those(process => process.HasMedia));

        IEnumerable<string> Those(Func<ReadConfiguration.ReadProcess, bool> has) =>
            read.EveryRole.Where(has).Select(process => process.Name);
    }

    [Fact]
    public void Main_alone_does_everything()
    {
        var main = Assert.Single(read.WithoutWorkers);
        Assert.Equal("master", main.Name);
        Assert.True(main.Sends && main.Pushes && main.HasMedia);
        Assert.True(main.RunsBackgroundTasks && main.NotifiesAppservices && main.UpdatesUserDirectory);
        Assert.Equal(["master"], main.Events);
        Assert.Null(main.Restricted);
        Assert.False(main.Secret || main.Redis);
    }
}

/// <summary>What Synapse reads from the files of two homeservers of topology federation, and of the one of every-role.</summary>
public sealed class ReadConfiguration : IAsyncLifetime
{
    private const string Script = """
        import glob, json, os, re, sys, yaml
        import synapse.config
        from synapse.config.homeserver import HomeServerConfig
        from synapse.config.ratelimiting import RatelimitSettings

        known = set()
        for path in glob.glob(os.path.dirname(synapse.config.__file__) + "/*.py"):
            known.update(re.findall(r'"([a-z0-9_]+)"', open(path).read()))
            # rc_invites.per_room is looked up as one word.
            known.update(re.findall(r'"(rc_[a-z0-9_]+)\.', open(path).read()))

        def read(files):
            config = HomeServerConfig.load_config("", [f"--config-path={file}" for file in files])
            words = set()
            for file in files:
                for key, value in yaml.safe_load(open(file)).items():
                    words.add(key)
                    if key in ("redis", "federation", "caches", "presence"):
                        words.update(value)
            limits = {key: value.per_second for key, value in vars(config.ratelimiting).items() if isinstance(value, RatelimitSettings)}
            return {
                "name": config.worker.instance_name,
                "unknown": sorted(words - known),
                "limits": limits,
                "without": sorted(key for key, value in vars(config.ratelimiting).items() if key.startswith("rc_") and value is None),
                "sends": config.worker.send_federation,
                "pushes": config.worker.start_pushers,
                "runsBackgroundTasks": config.worker.run_background_tasks,
                "notifiesAppservices": config.worker.should_notify_appservices,
                "updatesUserDirectory": config.worker.should_update_user_directory,
                "hasMedia": config.media.can_load_media_repo,
                "events": config.worker.writers.events,
                "restricted": config.worker.outbound_federation_restricted_to.instances,
                "secret": bool(config.worker.worker_replication_secret),
                "redis": bool(getattr(config.redis, "redis_password", None)),
            }

        main = "/config/homeserver.yaml"
        print(json.dumps([read([main])] + [read([main, worker]) for worker in sorted(glob.glob("/config/workers/*.yaml"))]))
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("synapse-lab-config");

    /// <summary>Main and seven workers.</summary>
    internal IReadOnlyList<ReadProcess> WithWorkers { get; private set; } = [];

    /// <summary>The 23 processes of topology every-role.</summary>
    internal IReadOnlyList<ReadProcess> EveryRole { get; private set; } = [];

    /// <summary>Main alone.</summary>
    internal IReadOnlyList<ReadProcess> WithoutWorkers { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var federation = await WriteAsync("federation");
        var everyRole = await WriteAsync("every-role");
        var read = await Task.WhenAll(ReadAsync(federation, "hs1"), ReadAsync(federation, "hs3"), ReadAsync(everyRole, "hs1"));
        (WithWorkers, WithoutWorkers, EveryRole) = (read[0], read[1], read[2]);
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    private async Task<string> WriteAsync(string topology)
    {
        var folder = Path.Combine(_folder.FullName, topology);
        LabFileWriter.Write(new LabFolder(folder), ComposeRenderer.RenderProject(KnownTopologies.Build(topology)));
        using var script = Process.Start(new ProcessStartInfo("sh", [Path.Combine(folder, "make-secrets")]))!;
        await script.WaitForExitAsync();
        Assert.Equal(0, script.ExitCode);
        return folder;
    }

    private static async Task<ReadProcess[]> ReadAsync(string folder, string homeserver)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        var own = await OwnContainers.OnThisMachineAsync(limit.Token);
        var json = await own.PrintedByAsync(
            ImageSet.Official.Synapse,
            ["python3", "-c", Script],
            [
                (Path.Combine(folder, homeserver), "/config", AccessMode.ReadOnly),
                (Path.Combine(folder, "media", homeserver), "/media", AccessMode.ReadWrite),
                (Path.Combine(folder, "certs/ca.crt"), "/lab/ca.crt", AccessMode.ReadOnly),
                (Path.Combine(folder, "secrets"), "/lab/secrets", AccessMode.ReadOnly),
            ],
            limit.Token);
        return JsonSerializer.Deserialize<ReadProcess[]>(json, JsonSerializerOptions.Web)!;
    }

    internal sealed record ReadProcess(
        string Name,
        IReadOnlyList<string> Unknown,
        IReadOnlyDictionary<string, double> Limits,
        IReadOnlyList<string> Without,
        bool Sends,
        bool Pushes,
        bool RunsBackgroundTasks,
        bool NotifiesAppservices,
        bool UpdatesUserDirectory,
        bool HasMedia,
        IReadOnlyList<string> Events,
        IReadOnlyList<string>? Restricted,
        bool Secret,
        bool Redis);
}
