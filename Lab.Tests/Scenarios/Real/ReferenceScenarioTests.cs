using SynapseLab.Runtimes.Engine;
using SynapseLab.Scenarios;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Tests.Cli;
using SynapseLab.Tests.RealLab;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class ReferenceScenarioTests(ReferenceLab lab, ITestOutputHelper output) : ScenarioTest(lab, output)
{
    [Fact]
    public Task Each_process_of_the_reference_deployment_does_its_part_when_two_people_talk() => HoldsAsync("first-proof");

    [Fact]
    public async Task What_was_acknowledged_outlives_ten_kills_of_Postgres_and_its_rooms_go_on()
    {
        await HoldsAsync("database-killed");
        await lab.RestartProcessesAsync();
    }

    [Fact]
    public async Task A_user_who_runs_a_scenario_is_told_what_was_done_and_what_each_source_of_evidence_saw()
    {
        var (exitCode, told, error) = await LabProgram.RunAsync("scenario", "run", "sync-affinity", "--name", lab.Lab.Name);

        Assert.Equal((ExitCodes.Fine, ""), (exitCode, error));
        Assert.Matches(
            $"""
            ^sync-affinity on lab {lab.Lab.Name}, seed [0-9]+: One user stays on one sync worker over 50 syncs, two devices and a reconnect\.
            {Time} s  alice registers on one device and logs in on another, which sends its token in the query
            {Time} s  she syncs 50 times: from the phone, from the laptop, and from the phone over new connections
                        one worker of the sync pool served them all
                          the proxy's log: 50 syncs: (generic_worker[123]) 50; the pool is generic_worker1, generic_worker2, generic_worker3
                          the processes' metrics: syncs served: \1 50; sent there by the proxy: \1 50
            sync-affinity holds \([0-9]+\.[0-9] s\)
            $
            """,
            told);
    }

    [Fact]
    public async Task A_claim_that_does_not_hold_is_exit_code_1_and_tells_what_every_source_saw_and_when()
    {
        var commands = new LabCommandLine
        {
            Root = () => lab.Lab.Root,
            CreateEngine = DockerEngine.OfThisMachine,
            Scenarios = [new FalseClaim()],
        };

        Assert.Equal(ExitCodes.Failed, await commands.RunAsync($"scenario run false-claim --name {lab.Lab.Name}"));

        Assert.DoesNotContain("holds (", commands.Output, StringComparison.Ordinal);
        Assert.Matches(
            $"""
            ^lab: false-claim: not so: every homeserver has ten mains
            waited 1 s in vain for: every homeserver has ten mains, by the processes' metrics
                t={Time}[0-9] s  1 main answers(  \([0-9]+ times, the last at {Time}[0-9] s\))?
            held after {Time}[0-9] s: every homeserver has ten mains, by the database
                t={Time}[0-9] s  ten rows
            lab: false-claim: with the same random choices again: \./lab scenario run false-claim --seed [0-9]+ --name {lab.Lab.Name}
            $
            """,
            commands.Error);
    }

    private const string Time = " *[0-9]+\\.[0-9]";

    // On a real lab, but quicker to fail than what needs a lab that is set up wrongly.
    private sealed class FalseClaim : IScenario
    {
        public string Name => "false-claim";

        public string Summary => "Every homeserver has ten mains.";

        public IReadOnlyList<string> Topologies => ["reference"];

        public bool BreaksThings => false;

        public string? Lacks(Topology topology) => null;

        public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
        {
            var mains = (await context.Lab.AllMetricsAsync(cancellationToken)).Keys.Count(id => id == context.Homeserver().Main.Id);
            await context.Prover.ProveAsync(
                "every homeserver has ten mains",
                [
                    new Witness(EvidenceSource.Metrics, () => new Observation(mains == 10, $"{mains} main answers")),
                    new Witness(EvidenceSource.Database, () => Observation.Yes("ten rows")),
                ],
                cancellationToken,
                TimeSpan.FromSeconds(1));
        }
    }
}
