using SynapseLab.Runtimes.Collecting;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Tests.Runtimes.Engine;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Runtimes;

/// <summary>
/// A lab whose start failed, of which nothing runs any more, on a network that does not say whose it is, as an Aspire application's.
/// </summary>
public sealed class EndedLabTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _temporary = new();
    private readonly LabRoot _root;

    public EndedLabTests()
    {
        _root = new LabRoot(_temporary.Path);
        var topology = TopologyFile.Parse("my.yaml", "homeservers: {hs1.test: {main: {}}}\n").Topology!;
        var lab = new LabState
        {
            Phase = LabPhase.Failed,
            Failure = ["container main ended with exit code 1"],
            Runtime = "aspire",
            StarterPid = 1,
            StarterStart = 1,
            StartedAt = Noon,
            Inputs = new DeploymentInputs(),
            Deployment = DeploymentBuilder.Build(topology, new DeploymentInputs { LabName = "ended" }),
        };
        lab.Save(_root.Lab("ended"));
    }

    [Fact]
    public async Task Each_part_has_its_own_line_what_ended_what_was_never_started_and_what_was_never_made()
    {
        await using var lab = await RunningLab.AttachToLookAsync(
            "ended",
            _root,
            Engine(("main", "exited"), ("proxy", "created")),
            TimeProvider.System,
            CancellationToken.None);

        var seen = (await lab.LookAsync(CancellationToken.None)).ToDictionary(look => look.Key, look => look.Value.Seen);

        Assert.Equal("ended since 12:00:00 UTC: not by a command of the lab, exit code 1", seen["main"]);
        Assert.Equal("never started", seen["proxy"]);
        Assert.Equal("gone: its container was removed, or never made", seen["postgres"]);
    }

    [Fact]
    public async Task What_wants_one_that_runs_is_told_that_it_does_not()
    {
        var told = await Assert.ThrowsAsync<LabException>(() =>
            RunningLab.AttachAsync("ended", _root, Engine(("main", "exited")), TimeProvider.System, CancellationToken.None));

        Assert.Equal(ExitCodes.WrongUse, told.ExitCode);
        Assert.StartsWith("no lab 'ended' is running", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_be_had_without_a_single_container_is_collected_and_each_of_the_rest_has_a_line()
    {
        await using var lab = await RunningLab.AttachToLookAsync("ended", _root, Engine(), TimeProvider.System, CancellationToken.None);

        var missing = await lab.CollectAsync(_temporary.File("kept"));

        Assert.True(File.Exists(_temporary.File("kept/status.json")));
        Assert.Contains("log of main: its container was removed, or never made", missing.Select(problem => problem.ToString()));
        Assert.Contains("metrics of main: gone: its container was removed, or never made", missing.Select(problem => problem.ToString()));
        Assert.Contains(missing, problem => problem.Where == "configuration hs1/homeserver.yaml");
        Assert.Contains(missing, problem => problem.Where == "versions" && problem.What == "the engine is busy");
        Assert.Equal(missing.Select(problem => problem.ToString()), await File.ReadAllLinesAsync(_temporary.File("kept/missing.txt")));
    }

    public void Dispose() => _temporary.Dispose();

    private IContainerEngine Engine(params IReadOnlyList<(string Container, string State)> containers) =>
        FaultyEngine.Of(null!, (method, arguments) => method switch
    {
        nameof(IContainerEngine.ListAsync) =>
            Task.FromResult<IReadOnlyList<ContainerSummary>>([.. containers.Select(one => new ContainerSummary(
            one.Container,
            one.Container,
            "image",
            one.State,
            new Dictionary<string, string>
            {
                [LabLabels.Name] = "ended",
                [LabLabels.Folder] = _root.Lab("ended").Path,
                [LabLabels.Container] = one.Container,
            },
            new Dictionary<string, System.Net.IPAddress>(),
            []))]),
        nameof(IContainerEngine.ListNetworksAsync) => Task.FromResult<IReadOnlyList<LabelledName>>([]),
        nameof(IContainerEngine.InspectAsync) => Task.FromResult<ContainerDetails?>(new ContainerDetails(
            (string)arguments[0]!, (string)arguments[0]!, containers.Single(one => one.Container == (string)arguments[0]!).State, 0, 1, false, Noon, Noon, new Dictionary<string, IReadOnlyList<string>>(), [])),
        nameof(IContainerEngine.UsageAsync) => Task.FromResult<ContainerUsage?>(null),
        nameof(IContainerEngine.InfoAsync) => Task.FromException<EngineInfo>(LabException.Failed("the engine is busy")),
        nameof(IDisposable.Dispose) => true,
        _ => throw new NotSupportedException(method),
    });
}
