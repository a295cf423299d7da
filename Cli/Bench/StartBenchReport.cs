using System.Text.Json.Nodes;
using SynapseLab.Numbers;
using static System.FormattableString;
using static SynapseLab.Cli.Bench.StartBenchResult;

namespace SynapseLab.Cli.Bench;

/// <summary>A bench of starts as people and as programs read it.</summary>
internal static class StartBenchReport
{
    private static readonly (string Way, string Name)[] Ways =
    [
        (Lab, "the lab"), (Script, "the shell script"), (OneContainer, "the lab, one container"), (AppHost, "the AppHost"),
    ];

    /// <summary>Prints tables of containers and ways, then a line for each bound.</summary>
    public static void Print(TextWriter output, StartBenchResult result)
    {
        var labs = result.Of(Lab).ToArray();
        output.WriteLine($"{$"medians of {labs.Length}",-24} {"CPU-s",8} {"healthy",9} {"memory",9} {"idle",9}");
        foreach (var name in labs[^1].Containers.Select(container => container.Name))
        {
            var all = labs.SelectMany(start => start.Containers).Where(container => container.Name == name).ToArray();
            var idle = result.IdleBytes(Lab).Select(bytes => (double)bytes.GetValueOrDefault(name));
            output.WriteLine(Row(name, Of(one => one.CpuSeconds), Of(one => one.HealthyAfter), Of(one => one.ResidentBytes), idle.Median()));

            double Of(Func<ContainerStart, double> value) => all.Select(value).Median();
        }

        output.WriteLine();
        foreach (var (way, name) in Ways)
        {
            var idle = result.IdleBytes(way).Select(bytes => (double)bytes.Values.Sum());
            output.WriteLine(Row(name, result.Floor(way) * result.Cores, result.Seconds(way), result.Resident(way), idle.Median()));
        }

        output.WriteLine(Invariant($"{$"floor: CPU / {result.Cores} cores",-24} {"",8} {result.Floor(Lab),7:0.0} s"));
        output.WriteLine(Invariant($"{"with the engine's CPU",-24} {"",8} {result.FloorWithEngine(Lab),7:0.0} s"));
        output.WriteLine();
        var starter = Invariant($"of it the lab's own process {result.Starter(Lab):0.00}; with the script {result.Outside(Script):0.00}");
        output.WriteLine(Invariant($"{"CPU-s beside containers",-24} {result.Outside(Lab),8:0.00} {starter}"));
        var packed = Invariant($"one container {result.ResetSeconds(OneContainer):0.0} s");
        output.WriteLine(Invariant($"{"reset",-24} {"",8} {result.ResetSeconds(Lab),7:0.0} s; {packed}"));
        output.WriteLine(Invariant($"{"lab / floor",-24} {result.Seconds(Lab) / result.Floor(Lab),8:0.00}"));
        output.WriteLine(Invariant($"{"script / floor",-24} {result.Seconds(Script) / result.Floor(Script),8:0.00}"));
        output.WriteLine();
        foreach (var bound in result.Bounds)
        {
            var limit = Invariant($"{(bound.Inclusive ? "at most" : "under"),-7} {bound.Limit:0.##}");
            var verdict = bound.Holds ? "holds" : "missed";
            output.WriteLine(Invariant($"{bound.Name,-24} {bound.Value,8:0.##} {bound.Unit,-3}  {limit}: {verdict}"));
        }

        foreach (var found in result.Running.SelectMany(Found).Distinct())
        {
            output.WriteLine(found);
        }
    }

    /// <summary>Everything that was measured; seconds and bytes.</summary>
    public static JsonObject ToJson(StartBenchResult result) => new()
    {
        ["topology"] = result.Topology,
        ["cores"] = result.Cores,
        ["holds"] = result.Holds,
        ["bounds"] = new JsonArray([.. result.Bounds.Select(bound => (JsonNode)new JsonObject
        {
            ["name"] = bound.Name,
            ["value"] = Number(bound.Value),
            [bound.Inclusive ? "at_most" : "under"] = bound.Limit,
            ["unit"] = bound.Unit,
            ["holds"] = bound.Holds,
        })]),
        ["seconds"] = new JsonObject
        {
            ["lab"] = Number(result.Seconds(Lab)),
            ["script"] = Number(result.Seconds(Script)),
            ["one_container"] = Number(result.Seconds(OneContainer)),
            ["apphost"] = Number(result.Seconds(AppHost)),
            ["floor"] = Number(result.Floor(Lab)),
        },
        ["starts"] = new JsonArray([.. result.Starts.Select(start => (JsonNode)new JsonObject
        {
            ["way"] = start.Way,
            ["seconds"] = start.Seconds,
            ["cpu_seconds"] = start.CpuSeconds,
            ["outside_cpu_seconds"] = start.OutsideCpuSeconds,
            ["starter_cpu_seconds"] = start.StarterCpuSeconds,
            ["resident_bytes"] = start.ResidentBytes,
            ["containers"] = new JsonArray([.. start.Containers.Select(container => (JsonNode)new JsonObject
            {
                ["name"] = container.Name,
                ["cpu_seconds"] = container.CpuSeconds,
                ["healthy_after"] = container.HealthyAfter,
                ["resident_bytes"] = container.ResidentBytes,
                ["idle_bytes"] = start.Running?.IdleBytes.GetValueOrDefault(container.Name),
            })]),
            ["running"] = start.Running is { } running ? ToJson(running) : null,
        })]),
    };

    private static JsonObject ToJson(RunningMeasurement running) => new()
    {
        ["up_again_seconds"] = running.UpAgainSeconds,
        ["changed"] = Words(running.Changed),
        ["idle_bytes"] = running.IdleBytes.Values.Sum(),
        ["reset_seconds"] = running.ResetSeconds,
        ["down_seconds"] = running.DownSeconds,
        ["left"] = Words(running.Left),
    };

    private static JsonArray Words(IReadOnlyList<string> words) => new([.. words.Select(word => (JsonNode)word)]);

    // JSON has no word for "was not measured" but null.
    private static JsonNode? Number(double value) => double.IsNaN(value) ? null : value;

    private static string Row(string name, double cpu, double seconds, double bytes, double idleBytes) =>
        Invariant($"{name,-24} {cpu,8:0.00} {seconds,7:0.0} s {Mebibytes(bytes)} {Mebibytes(idleBytes)}").TrimEnd();

    private static string Mebibytes(double bytes) => double.IsNaN(bytes) ? "" : Invariant($"{bytes / 1048576,5:0} MiB");

    private static IEnumerable<string> Found(RunningMeasurement running) =>
    [
        .. running.Changed.Select(what => $"changed by up again: {what}"),
        .. running.Left.Select(what => $"left after down: {what}"),
    ];

}
