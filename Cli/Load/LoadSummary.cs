using SynapseLab.LoadTests.Reports;
using static System.FormattableString;

namespace SynapseLab.Cli.Load;

/// <summary>A load's result as the terminal shows it; the page has the rest.</summary>
internal static class LoadSummary
{
    /// <summary>Prints it.</summary>
    public static void Print(TextWriter output, LoadResult result)
    {
        var what = $"{result.Profile} on {result.Topology}";
        output.WriteLine(Invariant($"{what}, {result.LoadSeconds:0.#} s, driver {result.Driver}, seed {result.Seed}: {result.Headline}"));
        foreach (var told in result.Problems.Concat(result.Disturbances).Concat(result.Gaps))
        {
            output.WriteLine($"  {told}");
        }

        output.WriteLine();
        output.WriteLine($"{"milliseconds",-12} {"done",8} {"failed",7} {"/s",8} {"50 %",9} {"95 %",9} {"99 %",9} {"max",9}");
        foreach (var operation in result.Operations)
        {
            var latency = operation.Latency;
            var counts = Invariant($"{operation.Operation,-12} {operation.Done,8} {operation.Failed,7} {operation.PerSecond,8:0.0}");
            output.WriteLine(Invariant($"{counts} {latency.P50,9:0.0} {latency.P95,9:0.0} {latency.P99,9:0.0} {latency.Max,9:0.0}"));
        }

        output.WriteLine();
        foreach (var error in result.Errors.Take(10))
        {
            output.WriteLine($"{error.Count,8} x {error.Operation}: {error.Cause}");
        }

        output.WriteLine(Deliveries(result));
        output.WriteLine(Machine(result));
    }

    private static string Deliveries(LoadResult result)
    {
        var deliveries = result.Deliveries;
        var missing = $"{deliveries.Lost} {result.End.Missing()}";
        var last = Invariant($"the last came {result.DrainSeconds:0.0} s after the load");
        return $"{deliveries.Delivered} of {deliveries.Expected} deliveries, {missing}, {deliveries.Duplicated} twice; {last}";
    }

    private static string Machine(LoadResult result)
    {
        var instruments = result.Instruments;
        var cores = Invariant($"{result.Containers.Sum(container => container.Cores):0.00} of {instruments.Cpus} cores used by the lab");
        var busiest = result.Containers.OrderByDescending(container => container.Cores).Take(3)
            .Select(container => Invariant($"{container.Container} {container.Cores:0.00}"));
        var driver = Invariant($"{instruments.DriverShare:P1} of the machine's CPU by the driver");
        var read = instruments.EngineReadsUsage ? "ports, logs and readings" : "ports and logs";
        var engine = instruments.EngineShare is { } share ? Invariant($", {share:P1} by the container engine ({read})") : "";
        return $"{cores} ({string.Join(", ", busiest)}), {driver}{engine}";
    }
}
