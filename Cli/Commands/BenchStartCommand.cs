using System.CommandLine;
using SynapseLab.Cli.Bench;
using SynapseLab.LoadTests.Reports;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab bench start [--topology T] [--rounds N]</c>: how fast a topology starts, beside a shell script and the least that is
/// possible, and what it takes until it is down again.</summary>
internal sealed class BenchStartCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var topology = new Option<string>("--topology", "-t")
        {
            Description = "What is started",
            DefaultValueFactory = _ => "reference",
            HelpName = "TOPOLOGY",
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "How often each way is measured, in turns; medians are shown",
            DefaultValueFactory = _ => 5,
        };
        const string what = "Cold start: the lab, a plain shell script with the same containers, the AppHost, and the floor; "
            + "then up again, memory when idle, reset, and down";
        var command = new Command("start", what) { topology, rounds };
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(rounds) is >= 1 and <= 100
            ? RunAsync(services, parsed.GetRequiredValue(topology), parsed.GetValue(rounds), cancellationToken)
            : throw LabException.WrongUse("--rounds takes 1 to 100"));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, string topology, int rounds, CancellationToken cancellationToken)
    {
        var root = services.Root.Value;
        using var engine = services.CreateEngine();
        var bench = new StartBench(root, engine, services.Time, services.Error.WriteLine);
        var result = await bench.RunAsync(topology, rounds, cancellationToken);
        StartBenchReport.Print(services.Output, result);
        var folder = ResultFolder.Create(Path.Combine(root.Artifacts, "bench"), "start", services.Time.GetUtcNow());
        folder.Write("result.json", StartBenchReport.ToJson(result).ToJsonString(LabJson.Indented));
        services.Output.WriteLine();
        services.Output.WriteLine($"result   {Path.GetRelativePath(root.Path, folder.Path)}/result.json");
        return result.Holds ? ExitCodes.Fine : ExitCodes.Failed;
    }
}
