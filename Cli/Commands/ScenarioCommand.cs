using System.CommandLine;
using System.Globalization;
using SynapseLab.Runtimes;
using SynapseLab.Scenarios;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Scenarios.Stories;

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
            foreach (var scenario in ScenarioCatalogue.All)
            {
                services.Output.WriteLine($"{scenario.Name,-22} {scenario.Summary}");
                services.Output.WriteLine($"{"",-22} on {string.Join(", ", scenario.Topologies)}{(scenario.BreaksThings ? "; stops processes for a while" : "")}");
            }

            return ExitCodes.Fine;
        });
        return command;
    }

    private static Command Run(LabServices services)
    {
        var scenario = new Argument<string>("NAME") { Description = "A scenario of ./lab scenario list, or all" };
        var topology = new Option<string?>("--topology", "-t") { Description = "Topology to run it on; where left out, that of a running lab that suits, else the scenario's first", HelpName = "TOPOLOGY" };
        var name = LabOptions.Name();
        var seed = new Option<int>("--seed") { Description = "For everything random in it", DefaultValueFactory = _ => ScenarioRunner.DefaultSeed };
        var command = new Command("run", "Run a scenario: on a running lab, else on one that is started for it and taken down after") { scenario, topology, name, seed };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(services, parsed.GetValue(scenario)!, parsed.GetValue(topology), parsed.GetValue(name), parsed.GetValue(seed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services, string scenarioName, string? topology, string? labName, int seed, CancellationToken cancellationToken)
    {
        var scenario = ScenarioCatalogue.Find(scenarioName);
        if (topology is not null && !scenario.Topologies.Contains(topology))
        {
            throw LabException.WrongUse($"scenario '{scenario.Name}' does not run on topology '{topology}'", fix: $"It runs on {string.Join(", ", scenario.Topologies)}");
        }

        await using var lab = await services.AttachAsync(labName, cancellationToken);
        return await RunAsync(services, scenario, lab, seed, cancellationToken);
    }

    private static async Task<int> RunAsync(LabServices services, IScenario scenario, RunningLab lab, int seed, CancellationToken cancellationToken)
    {
        services.Output.WriteLine($"{scenario.Name} on lab {lab.Name}: {scenario.Summary}");
        try
        {
            var took = await ScenarioRunner.RunAsync(scenario, lab, new TextStory(services.Output, services.Time), seed, cancellationToken);
            services.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario.Name} holds ({took.TotalSeconds:0.0} s)"));
            return ExitCodes.Fine;
        }
        catch (ScenarioFailure failure)
        {
            services.Error.WriteLine($"lab: {scenario.Name}: {failure.Message}");
            return ExitCodes.Failed;
        }
    }
}
