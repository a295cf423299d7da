using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Cli.Bench;
using SynapseLab.LoadTests.Reports;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab bench start [--topology T] [--rounds N]</c>: how fast a topology starts, beside a shell script and the least that is possible.</summary>
internal sealed class BenchStartCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var topology = new Option<string>("--topology", "-t") { Description = "What is started", DefaultValueFactory = _ => "reference", HelpName = "TOPOLOGY" };
        var rounds = new Option<int>("--rounds") { Description = "How often each way is measured, in turns; medians are shown", DefaultValueFactory = _ => 5 };
        var command = new Command("start", "Cold start: the lab, a plain shell script with the same containers, and the floor") { topology, rounds };
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(rounds) is >= 1 and <= 100
            ? RunAsync(services, parsed.GetRequiredValue(topology), parsed.GetValue(rounds), cancellationToken)
            : throw LabException.WrongUse("--rounds takes 1 to 100"));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, string topology, int rounds, CancellationToken cancellationToken)
    {
        using var engine = services.CreateEngine();
        var result = await new StartBench(services.Root.Value, engine, services.Time, services.Error.WriteLine).RunAsync(topology, rounds, cancellationToken);
        Print(services.Output, result, rounds);
        var folder = ResultFolder.Create(Path.Combine(services.Root.Value.Artifacts, "bench"), "start", services.Time.GetUtcNow());
        folder.Write("result.json", ToJson(result, topology).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        services.Output.WriteLine();
        services.Output.WriteLine($"result   {Path.GetRelativePath(services.Root.Value.Path, folder.Path)}/result.json");
        return result.Holds ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private static void Print(TextWriter output, StartBenchResult result, int rounds)
    {
        var last = result.Of(StartBenchResult.Lab).Last();
        output.WriteLine($"medians of {rounds}{"",-14} {"CPU-s",8} {"healthy",9} {"memory",9}");
        foreach (var container in last.Containers)
        {
            var all = result.Of(StartBenchResult.Lab).SelectMany(start => start.Containers).Where(one => one.Name == container.Name).ToArray();
            output.WriteLine(Invariant(
                $"{container.Name,-24} {Median(all, one => one.CpuSeconds),8:0.00} {Median(all, one => one.HealthyAfter),7:0.0} s {Median(all, one => one.ResidentBytes / 1048576.0),5:0} MiB"));
        }

        output.WriteLine();
        foreach (var (way, name) in new[] { (StartBenchResult.Lab, "the lab"), (StartBenchResult.Script, "the shell script"), (StartBenchResult.OneContainer, "the lab, one container") })
        {
            output.WriteLine(Invariant($"{name,-24} {result.Floor(way) * result.Cores,8:0.00} {result.Seconds(way),7:0.0} s {result.Resident(way) / 1048576.0,5:0} MiB"));
        }

        output.WriteLine(Invariant($"{$"floor: CPU / {result.Cores} cores",-24} {"",8} {result.Floor(StartBenchResult.Lab),7:0.0} s"));
        output.WriteLine();
        var script = result.Seconds(StartBenchResult.Lab) / result.Seconds(StartBenchResult.Script);
        var floor = result.Seconds(StartBenchResult.Lab) / result.Floor(StartBenchResult.Lab);
        output.WriteLine(Invariant($"lab / script {script:0.00} (at most {StartBenchResult.MostOfScript:0.00}: {Verdict(script <= StartBenchResult.MostOfScript)})"));
        output.WriteLine(Invariant($"lab / floor  {floor:0.00} (at most {StartBenchResult.MostOfFloor:0.00}: {Verdict(floor <= StartBenchResult.MostOfFloor)})"));
    }

    private static double Median(IEnumerable<ContainerStart> starts, Func<ContainerStart, double> value) => StartBenchResult.Median(starts.Select(value));

    private static string Verdict(bool holds) => holds ? "holds" : "missed";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static JsonObject ToJson(StartBenchResult result, string topology) => new()
    {
        ["topology"] = topology,
        ["cores"] = result.Cores,
        ["holds"] = result.Holds,
        ["seconds"] = new JsonObject
        {
            ["lab"] = result.Seconds(StartBenchResult.Lab),
            ["script"] = result.Seconds(StartBenchResult.Script),
            ["one_container"] = result.Seconds(StartBenchResult.OneContainer),
            ["floor"] = result.Floor(StartBenchResult.Lab),
        },
        ["starts"] = new JsonArray([.. result.Starts.Select(start => (JsonNode)new JsonObject
        {
            ["way"] = start.Way,
            ["seconds"] = start.Seconds,
            ["cpu_seconds"] = start.CpuSeconds,
            ["resident_bytes"] = start.ResidentBytes,
            ["containers"] = new JsonArray([.. start.Containers.Select(container => (JsonNode)new JsonObject
            {
                ["name"] = container.Name,
                ["cpu_seconds"] = container.CpuSeconds,
                ["healthy_after"] = container.HealthyAfter,
                ["resident_bytes"] = container.ResidentBytes,
            })]),
        })]),
    };
}
