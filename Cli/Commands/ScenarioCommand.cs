using System.CommandLine;
using System.Globalization;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Scenarios;
using SynapseLab.Scenarios.Catalogue;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Scenarios.Stories;
using SynapseLab.Topologies;
using static System.FormattableString;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab scenario list</c> and <c>./lab scenario run NAME [--topology T]</c>.</summary>
internal sealed class ScenarioCommand : ILabCommand
{
    public Command Build(LabServices services) => new("scenario", "Prove a behaviour of Synapse on a running lab")
    {
        List(services),
        Run(services),
    };

    private static Command List(LabServices services)
    {
        var command = new Command("list", "List the scenarios");
        command.SetAction(_ =>
        {
            foreach (var scenario in services.Scenarios)
            {
                services.Output.WriteLine($"{scenario.Name,-22} {scenario.Summary}");
                var breaks = scenario.BreaksThings ? "; stops processes for a while" : "";
                services.Output.WriteLine($"{"",-22} on {string.Join(", ", scenario.Topologies)}{breaks}");
            }

            return ExitCodes.Fine;
        });
        return command;
    }

    private static Command Run(LabServices services)
    {
        var scenario = new Argument<string>("NAME") { Description = "Name of a scenario, see scenario list" };
        var topology = new Option<string?>("--topology", "-t")
        {
            Description = "Topology to run it on, by name or path; "
                + "where left out, that of a running lab that suits, else the scenario's first",
            HelpName = "TOPOLOGY",
        };
        var name = LabOptions.Name();
        var seed = new Option<int?>("--seed")
        {
            Description = "For everything random in it; without one each run has another, and tells it",
            HelpName = "NUMBER",
        };
        var command = new Command("run", "Run a scenario: on a running lab, else on one that is started for it and taken down after")
        {
            scenario, topology, name, seed,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            services,
            parsed.GetValue(scenario)!,
            parsed.GetValue(topology),
            parsed.GetValue(name),
            parsed.GetValue(seed) ?? Random.Shared.Next(),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services, string scenarioName, string? topology, string? labName, int seed, CancellationToken cancellationToken)
    {
        var scenario = ScenarioCatalogue.Find(scenarioName, services.Scenarios);
        var library = new TopologyLibrary(services.Root.Value.Topologies);
        var asked = topology is null ? null : library.Load(topology);
        if (asked is not null)
        {
            ScenarioRunner.CheckFits(scenario, asked);
        }

        labName ??= await SuitableLabAsync(services, scenario, asked is null ? scenario.Topologies : [asked.Name], cancellationToken);
        if (labName is not null)
        {
            await using var lab = await services.AttachAsync(labName, cancellationToken);
            return await RunAsync(services, scenario, lab, seed, ToType.On(lab.Name, Again(scenario, seed)), cancellationToken);
        }

        // On a lab of its own again: this one is gone by then.
        var word = topology ?? scenario.Topologies[0];
        var again = ToType.Lab([.. Again(scenario, seed), "--topology", word]);
        return await RunOnNewLabAsync(services, scenario, asked ?? library.Load(word), seed, again, cancellationToken);
    }

    private static string[] Again(IScenario scenario, int seed) =>
        ["scenario", "run", scenario.Name, "--seed", seed.ToString(CultureInfo.InvariantCulture)];

    private static async Task<string?> SuitableLabAsync(
        LabServices services, IScenario scenario, IReadOnlyList<string> topologies, CancellationToken cancellationToken)
    {
        var running = await services.RunningAsync(cancellationToken);
        return ScenarioRunner.ChooseLab(scenario, topologies, running.Select(lab => (lab.Deployment.LabName, lab.Deployment.Topology)));
    }

    private static async Task<int> RunOnNewLabAsync(
        LabServices services, IScenario scenario, Topology topology, int seed, string again, CancellationToken cancellationToken)
    {
        var root = services.Root.Value;
        using var engine = services.CreateEngine();
        var processes = new ProcessTable();
        var starter = new LabStarter(root, engine, services.Time, processes);
        // A name of its own: somebody may be starting a lab of the topology's name.
        var request = new LabStartRequest(topology) { LabName = $"scenario-{Environment.ProcessId}" };
        var runtime = services.Runtimes[0].Create(engine, new LabCleaner(engine, processes, services.Time));
        services.Error.WriteLine($"no suitable lab is running; starting topology {topology.Name} as lab {request.Name} ...");
        var started = false;
        try
        {
            started = await starter.StartAsync(request, runtime, new StartReport(TextWriter.Null, services.Error), cancellationToken);
            await using var lab = await services.AttachAsync(request.Name, cancellationToken);
            return await RunAsync(services, scenario, lab, seed, again, cancellationToken);
        }
        finally
        {
            if (started)
            {
                services.Error.WriteLine($"taking lab {request.Name} down");
                await starter.StopAsync(request.Name, CancellationToken.None);
            }
        }
    }

    private static async Task<int> RunAsync(
        LabServices services, IScenario scenario, RunningLab lab, int seed, string again, CancellationToken cancellationToken)
    {
        services.Output.WriteLine(Invariant($"{scenario.Name} on lab {lab.Name}, seed {seed}: {scenario.Summary}"));
        try
        {
            var took = await ScenarioRunner.RunAsync(scenario, lab, new TextStory(services.Output, services.Time), seed, cancellationToken);
            services.Output.WriteLine(Invariant($"{scenario.Name} holds ({took.TotalSeconds:0.0} s)"));
            return ExitCodes.Fine;
        }
        catch (Exception failure) when (failure is ScenarioFailure or MatrixException or HttpRequestException or TimeoutException)
        {
            services.Error.WriteLine($"{Failure.Prefix}{scenario.Name}: {failure.Message}");
            services.Error.WriteLine($"{Failure.Prefix}{scenario.Name}: with the same random choices again: {again}");
            return ExitCodes.Failed;
        }
    }
}
