using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Parts;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Operations;

public sealed class VerbRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 3, 41, TimeSpan.Zero);

    private static readonly Dictionary<string, PartState> States = new()
    {
        ["up"] = new PartState(PartRun.Running),
        ["stopped"] = new PartState(PartRun.Ended).With([new ImposedFault("redis", FaultKind.Stopped, Noon, "./lab stop redis")]),
        ["died"] = new PartState(PartRun.Ended) { ExitCode = 1, EndedAt = Noon },
        ["paused"] = new PartState(PartRun.Paused).With([new ImposedFault("redis", FaultKind.Paused, Noon, "./lab pause redis")]),
        ["cut off"] = new PartState(PartRun.Running, CutOff: true).With(
            [new ImposedFault("redis", FaultKind.CutOff, Noon, "./lab partition redis")]),
        ["stopped, cut off"] = new PartState(PartRun.Ended, CutOff: true),
        ["paused, cut off"] = new PartState(PartRun.Paused, CutOff: true),
    };

    [Theory]
    [InlineData("up", "act", "already", "act", "act", "act", "already", "act", "already")]
    [InlineData("stopped", "already", "act", "act", "already", "Start", "Start", "Start", "already")]
    [InlineData("died", "already", "act", "act", "already", "Start", "Start", "Start", "already")]
    [InlineData("paused", "act", "Unpause", "Unpause", "act", "already", "act", "act", "already")]
    [InlineData("cut off", "act", "Heal", "Heal", "act", "act", "already", "already", "act")]
    [InlineData("stopped, cut off", "already", "Heal", "Heal", "already", "Start", "Start", "Start", "act")]
    [InlineData("paused, cut off", "act", "Unpause", "Unpause", "act", "already", "act", "already", "act")]
    public void A_verb_is_done_or_nothing_has_to_be_done_or_it_is_refused_with_the_verb_that_has_to_come_first(
        string state, string stop, string start, string restart, string kill, string pause, string unpause, string partition, string heal)
    {
        var decided = Enum.GetValues<Verb>().Select(verb => VerbRules.Decide(verb, States[state]) switch
        {
            VerbDecision.Act => "act",
            VerbDecision.Already => "already",
            VerbDecision.Refuse refusal => refusal.First.ToString(),
            _ => "",
        });

        Assert.Equal([stop, start, restart, kill, pause, unpause, partition, heal], decided);
    }

    [Fact]
    public void What_was_done_already_says_since_when_and_by_which_command()
    {
        Assert.Equal(
            new VerbDecision.Already("already stopped since 12:03:41 UTC by ./lab stop redis"),
            VerbRules.Decide(Verb.Kill, States["stopped"]));
        Assert.Equal(
            new VerbDecision.Already("already cut off from the lab's network since 12:03:41 UTC by ./lab partition redis"),
            VerbRules.Decide(Verb.Partition, States["cut off"]));
    }

    [Fact]
    public void What_stands_in_the_way_is_said_with_its_origin() => Assert.Equal(
        new VerbDecision.Refuse("cut off from the lab's network since 12:03:41 UTC by ./lab partition redis", Verb.Heal),
        VerbRules.Decide(Verb.Restart, States["cut off"]));

    [Fact]
    public void What_no_command_of_the_lab_has_ended_is_not_said_to_have_been_stopped() =>
        Assert.Equal(["ended since 12:03:41 UTC: not by a command of the lab, exit code 1"], States["died"].Matters);

    [Fact]
    public void A_kill_does_not_explain_the_end_of_a_later_run()
    {
        var kill = new ImposedFault("redis", FaultKind.Killed, Noon, "./lab kill redis");

        Assert.Equal([kill], (new PartState(PartRun.Ended) { StartedAt = Noon.AddMinutes(-1) }).With([kill]).Faults);
        Assert.Empty((new PartState(PartRun.Ended) { StartedAt = Noon.AddMinutes(1) }).With([kill]).Faults);
    }

    [Fact]
    public void What_the_engine_says_wins_over_what_is_remembered()
    {
        ImposedFault[] all = [.. Enum.GetValues<FaultKind>().Select(kind => new ImposedFault("redis", kind, Noon, "a test"))];

        var state = new PartState(PartRun.Running).With(all);

        Assert.True(state.IsUp);
        Assert.Empty(state.Faults);
        Assert.Empty(state.Matters);
    }

    [Fact]
    public void A_fault_that_nobody_remembers_is_told_as_one_that_no_command_of_the_lab_made() => Assert.Equal(
        ["paused, not by a command of the lab", "cut off from the lab's network, not by a command of the lab"],
        States["paused, cut off"].Matters);
}
