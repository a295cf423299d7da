using System.CommandLine;
using System.Text.Json;
using SynapseLab.Cli.Bench;
using SynapseLab.LoadTests.Reports;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab bench start [--topology T] [--rounds N]</c>: how fast a topology starts, beside a shell script and the least that is possible, and what it takes until it is down again.</summary>
internal sealed class BenchStartCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var topology = new Option<string>("--topology", "-t") { Description = "What is started", DefaultValueFactory = _ => "reference", HelpName = "TOPOLOGY" };
        var rounds = new Option<int>("--rounds") { Description = "How often each way is measured, in turns; medians are shown", DefaultValueFactory = _ => 5 };
        var command = new Command("start", "Cold start: the lab, a plain shell script with the same containers, the AppHost, and the floor; then up again, memory when idle, reset, and down") { topology, rounds };
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(rounds) is >= 1 and <= 100
            ? RunAsync(services, parsed.GetRequiredValue(topology), parsed.GetValue(rounds), cancellationToken)
            : throw LabException.WrongUse("--rounds takes 1 to 100"));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, string topology, int rounds, CancellationToken cancellationToken)
    {
        using var engine = services.CreateEngine();
        var result = await new StartBench(services.Root.Value, engine, services.Time, services.Error.WriteLine).RunAsync(topology, rounds, cancellationToken);
        StartBenchReport.Print(services.Output, result);
        var folder = ResultFolder.Create(Path.Combine(services.Root.Value.Artifacts, "bench"), "start", services.Time.GetUtcNow());
        folder.Write("result.json", StartBenchReport.ToJson(result).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        services.Output.WriteLine();
        services.Output.WriteLine($"result   {Path.GetRelativePath(services.Root.Value.Path, folder.Path)}/result.json");
        return result.Holds ? ExitCodes.Fine : ExitCodes.Failed;
    }
}
