using System.Net;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Operations;

/// <summary>What is refused, with the command that works first, and what is remembered of it: of a process of a shared container.</summary>
public sealed class LabOperatorTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LabState Lab = StateOf(
        TopologyFile.Parse(
            "packed.yaml",
            "packing: one-container\nhomeservers:\n  hs1.test:\n    main: {}\n    workers: {media: {role: media_repository}}\n").Topology!);

    private static readonly LabPart Media = LabPart.Find(Lab.Deployment, "media");
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(Verb.Start, PartRun.Ended, true, false, "./lab heal hs1 --name packed")]
    [InlineData(Verb.Restart, PartRun.Running, true, false, "./lab heal hs1 --name packed")]
    [InlineData(Verb.Restart, PartRun.Paused, false, true, "./lab unpause hs1 --name packed")]
    [InlineData(Verb.Restart, PartRun.Paused, false, false, "./lab unpause media --name packed")]
    [InlineData(Verb.Pause, PartRun.Ended, false, true, "./lab start hs1 --name packed")]
    [InlineData(Verb.Pause, PartRun.Ended, false, false, "./lab start media --name packed")]
    public async Task A_refusal_names_what_has_to_come_first_on_the_part_where_it_can_be_done(Verb verb, PartRun run, bool cutOff, bool whole, string first)
    {
        var state = new PartState(run, cutOff) { IsWhole = whole };
        var lab = Operator(new Control(state));

        var refusal = await Assert.ThrowsAsync<LabException>(() => lab.DoAsync(verb, Media, "a test", None));

        Assert.Equal($"First {first}", Assert.Single(refusal.Problems).Fix);
        Assert.Equal(first, lab.Remedy(Media, state));
    }

    [Fact]
    public async Task What_was_done_is_remembered()
    {
        await Operator(new Control(new PartState(PartRun.Running))).DoAsync(Verb.Kill, Media, "a test", None);

        Assert.Equal(FaultKind.Killed, Assert.Single(Memory.Load()).Kind);
    }

    [Fact]
    public async Task What_the_launcher_or_the_engine_refused_is_not_remembered_and_so_explains_no_later_crash()
    {
        Exception[] refusals =
        [
            LabException.WrongUse("it shares container hs1, which is frozen as a whole"),
            new EngineException(HttpStatusCode.InternalServerError, "no", "POST /x"),
        ];
        foreach (var refusal in refusals)
        {
            var thrown = await Record.ExceptionAsync(() =>
                Operator(new Control(new PartState(PartRun.Running), refusal)).DoAsync(Verb.Kill, Media, "a test", None));

            Assert.Same(refusal, thrown);
            Assert.Empty(Memory.Load());
        }
    }

    [Fact]
    public async Task A_part_that_ended_before_it_could_be_frozen_is_not_remembered_as_frozen()
    {
        var control = new Control(
            new PartState(PartRun.Running),
            new EngineException(HttpStatusCode.Conflict, "is not running", "POST /x"),
            new PartState(PartRun.Ended));

        await Assert.ThrowsAsync<LabException>(() => Operator(control).DoAsync(Verb.Pause, Media, "a test", None));

        Assert.Empty(Memory.Load());
    }

    public void Dispose() => _folder.Dispose();

    private FaultMemory Memory => new(new LabFolder(_folder.Path), new Waiter(TimeProvider.System, TimeSpan.FromMilliseconds(1)));

    private LabOperator Operator(Control control) => new(Lab, Memory, _ => control, TimeProvider.System);

    internal static LabState StateOf(Topology topology) => new()
    {
        Phase = LabPhase.Running,
        Runtime = "compose",
        StarterPid = 1,
        StarterStart = 2,
        StartedAt = DateTimeOffset.UnixEpoch,
        Inputs = new DeploymentInputs(),
        Deployment = DeploymentBuilder.Build(topology, new DeploymentInputs { LabName = "packed" }),
    };

    // One that is in a state and refuses what a test wants it to, after which it may be in another.
    private sealed class Control(PartState state, Exception? refusal = null, PartState? then = null) : IPartControl
    {
        private PartState _state = state;

        public Task<PartState> StateAsync(LabPart part, CancellationToken cancellationToken) => Task.FromResult(_state);

        public Task ActAsync(Verb verb, LabPart part, CancellationToken cancellationToken)
        {
            _state = then ?? _state;
            return refusal is null ? Task.CompletedTask : Task.FromException(refusal);
        }
    }
}
