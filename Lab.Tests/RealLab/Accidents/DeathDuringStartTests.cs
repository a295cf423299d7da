using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.RealLab.Accidents;

/// <summary>Parts that die while the lab starts.</summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class DeathDuringStartTests : StartAccident
{
    [Fact]
    public async Task A_container_that_dies_during_the_start_is_told_with_its_last_lines_within_two_seconds_and_all_is_removed()
    {
        // Synapse itself refuses this value; the lab passes options through.
        var topology = new TopologyLibrary(Root.Topologies).Load(
            Topology("dies.yaml", "homeservers:\n  hs1.test:\n    main: {}\n    options: {max_upload_size: many}\n"));
        var report = new DeathReport(Engine, $"{LabLabels.Project(One)}-main");

        var problem = await Assert.ThrowsAsync<LabException>(() => StartAsync(topology, One, report));

        Assert.Equal(ExitCodes.Failed, problem.ExitCode);
        Assert.Contains("container main ended with exit code 1", problem.Message, StringComparison.Ordinal);
        Assert.Contains("ValueError: invalid literal for int() with base 10: 'many'", problem.Message, StringComparison.Ordinal);
        Assert.InRange(report.ToldAfter, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_process_that_ends_in_a_shared_container_during_the_start_is_told_with_its_own_last_lines_and_all_is_removed()
    {
        // Only the process with the media reads this value (synapse/config/repository.py); main goes on writing its log.
        var topology = new TopologyLibrary(Root.Topologies).Load(Topology(
            "dies.yaml",
            """
            packing: one-container
            homeservers:
              hs1.test:
                main: {}
                workers: {media: {role: media_repository}}
                options: {max_upload_size: many}

            """));

        var problem = await Assert.ThrowsAsync<LabException>(() => StartAsync(topology, One, new SilentReport()));

        Assert.Equal(ExitCodes.Failed, problem.ExitCode);
        var lines = problem.Message.Split('\n');
        Assert.Equal("process media ended with exit code 1; its last lines:", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.StartsWith("    [media] ", line, StringComparison.Ordinal));
        Assert.Equal("    [media] ValueError: invalid literal for int() with base 10: 'many'", lines[^1]);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_container_that_the_kernel_kills_for_lack_of_memory_during_the_start_is_told_with_its_limit_and_the_key_to_raise()
    {
        var topology = new TopologyLibrary(Root.Topologies).Load(
            Topology("narrow.yaml", "homeservers:\n  hs1.test:\n    main:\n      limits:\n        memory: 64MiB\n"));

        var problem = await Assert.ThrowsAsync<LabException>(() => StartAsync(topology, One, new SilentReport()));

        Assert.Contains(
            "container main ended with exit code 137: killed for lack of memory, having used all of its limit of 64 MiB. "
                + "Raise homeservers.hs1.test.main.limits.memory (narrow.yaml:5)",
            problem.Message,
            StringComparison.Ordinal);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_clean_up_that_fails_hides_neither_why_the_start_failed_nor_keeps_the_rest_from_being_removed()
    {
        var request = new LabStartRequest(new TopologyLibrary(Root.Topologies).Load("monolith")) { LabName = One };
        var starter = new LabStarter(Root, Engine, TimeProvider.System, Processes);

        var failure = await Assert.ThrowsAsync<LabException>(() =>
            starter.StartAsync(request, new RuntimeThatFails(), new SilentReport(), None));

        Assert.Equal(["main died", "while taking it down: Compose is gone"], failure.Problems.Select(problem => problem.What));
        Assert.Equal(ExitCodes.Failed, failure.ExitCode);
        await NothingIsLeftAsync(One);
    }

    private sealed class RuntimeThatFails : ILabRuntime
    {
        public string Name => "fails";

        public Task StartAsync(Deployment deployment, LabFolder folder, CancellationToken cancellationToken) =>
            throw LabException.Failed("main died");

        public Task RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Compose is gone");
    }

    // Measures from the engine's own time of death to the telling.
    private sealed class DeathReport(DockerEngine engine, string container) : IStartReport
    {
        public TimeSpan ToldAfter { get; private set; } = TimeSpan.MaxValue;

        public void Note(string line)
        {
        }

        public void Healthy(string part, TimeSpan after)
        {
        }

        public void Failed(IReadOnlyList<Problem> problems)
        {
            var told = DateTimeOffset.UtcNow;
            // The engine announces a death a moment before it has noted it.
            ToldAfter = engine.InspectAsync(container, CancellationToken.None).GetAwaiter().GetResult()!.FinishedAt is { } finished
                && finished < told
                ? told - finished
                : TimeSpan.Zero;
        }
    }
}
