using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;
using SynapseLab.Runtimes.Usage;
using SynapseLab.Tests.Runtimes.Engine;
using SynapseLab.Tests.Runtimes.Operations;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Health;

/// <summary>What fails of one part is the line of that part, and the others have theirs.</summary>
public sealed class LabObserverTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LabState Lab = LabOperatorTests.StateOf(
        TopologyFile.Parse(
            "small.yaml",
            "homeservers:\n  hs1.test:\n    main: {}\n    workers: {media: {role: media_repository}}\n").Topology!);

    private static readonly ContainerDetails Running =
        new("c", "c", "running", 1, 0, false, DateTimeOffset.UnixEpoch, null, new Dictionary<string, IReadOnlyList<string>>(), []);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Where_nobody_can_say_what_is_the_case_with_a_part_that_is_the_line_of_this_part()
    {
        var health = await HealthAsync(NoAnswers, part => part == "media"
            ? throw LabException.Failed("the launcher of the shared container fails")
            : new PartState(PartRun.Ended) { ExitCode = 3 });

        Assert.StartsWith("not ready: the launcher of the shared container fails, ", health["media"], StringComparison.Ordinal);
        Assert.Equal("not by a command of the lab, exit code 3", health["main"]);
    }

    [Fact]
    public async Task A_process_that_answers_and_gives_no_metrics_is_healthy_and_its_metrics_are_missed()
    {
        var health = await HealthAsync(
            command => command[^1].EndsWith("/health", StringComparison.Ordinal) ? new ExecResult(0, "OK\n200", "")
                : command[0] == "curl" ? new ExecResult(7, "", "curl: (7) Failed to connect")
                : new ExecResult(0, "PONG\n", ""),
            part => new PartState(part is "proxy" or "postgres" ? PartRun.Ended : PartRun.Running));

        Assert.Equal("healthy, but postgres has ended and it gives no metrics", health["media"]);
        Assert.Equal("healthy", health["redis"]);
    }

    [Fact]
    public async Task A_container_that_was_removed_uses_nothing_and_the_others_are_counted()
    {
        using var engine = FaultyEngine.Of(null!, (method, _) => method switch
        {
            nameof(IContainerEngine.InspectAsync) => Task.FromResult<ContainerDetails?>(Running),
            nameof(IContainerEngine.UsageAsync) => Task.FromResult<ContainerUsage?>(new(5, 7, DateTimeOffset.UnixEpoch)),
            _ => true,
        });

        var usage = await new UsageReader(
            Lab.Deployment,
            engine,
            name => name == "redis" ? null : name,
            new Launchers(engine, name => name),
            TimeProvider.System).ReadAsync(None);

        Assert.Equal(
            LabPart.All(Lab.Deployment).Select(part => part.Name).Where(name => name != "redis").Order(),
            usage.Parts.Keys.Order());
    }

    public void Dispose() => _folder.Dispose();

    private static ExecResult NoAnswers(IReadOnlyList<string> command) => new(1, "", "no answer");

    private async Task<Dictionary<string, string>> HealthAsync(
        Func<IReadOnlyList<string>, ExecResult> exec,
        Func<string, PartState> stateOf)
    {
        var folder = new LabFolder(_folder.Path);
        using var engine = FaultyEngine.Of(null!, (method, arguments) => method switch
        {
            nameof(IContainerEngine.InspectAsync) => Task.FromResult<ContainerDetails?>(Running),
            nameof(IContainerEngine.ExecAsync) => Task.FromResult(exec((IReadOnlyList<string>)arguments[1]!)),
            _ => true,
        });
        using var parts = new PartClient(Lab.Deployment, folder, engine, (spec, _) => Task.FromResult(spec.Name));
        var states = new LabOperator(
            Lab,
            new FaultMemory(folder, new Waiter(TimeProvider.System)),
            _ => new Control(stateOf),
            TimeProvider.System);
        return (await new LabObserver(Lab.Deployment, states, parts).HealthAsync(None)).ToDictionary(
            health => health.Part.Name,
            health => health.Sentence);
    }

    private sealed class Control(Func<string, PartState> stateOf) : IPartControl
    {
        public Task<PartState> StateAsync(LabPart part, CancellationToken cancellationToken) => Task.FromResult(stateOf(part.Name));

        public Task ActAsync(Verb verb, LabPart part, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
