using SynapseLab.LoadTests.Reports;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Runs;

/// <summary>What kept a saturated run from carrying more.</summary>
internal static class Limit
{
    // A core, or a machine, that is busy nine tenths of the time has work waiting most of the time.
    private const double Full = 0.9;

    // Transactions that find a connection free wait for well below a millisecond.
    private const double LongWaitMilliseconds = 50;

    /// <summary>One sentence, with its evidence.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="processes">Ids of all Synapse processes of the lab.</param>
    public static string Of(LoadResult result, IReadOnlyCollection<string> processes)
    {
        var instruments = result.Instruments;
        var seconds = Math.Max(0.001, result.LoadSeconds);

        // Of a process that gave no metrics, too busy for that, its container's account tells. A container that processes share is none of
        // the parts.
        var parts = result.Processes.Select(process => (Name: process.Process, process.Cores))
            .Concat(result.Containers
                .Where(container => result.Timeline.Cores.ContainsKey(container.Container))
                .Select(container => (Name: container.Container, container.Cores)))
            .GroupBy(part => part.Name)
            .Select(part => (Name: part.Key, Cores: part.Max(reading => reading.Cores)))
            .OrderByDescending(part => part.Cores)
            .ToArray();
        var busiest = parts.FirstOrDefault(part => processes.Contains(part.Name));
        if (busiest.Cores >= Full)
        {
            return Invariant($"its limit is {busiest.Name}: it used {busiest.Cores:0.00} of the one core that a Synapse process can use");
        }

        var driver = instruments.DriverCpuSeconds / seconds;
        if (driver >= Full)
        {
            return Invariant($"its limit is the driver: it used {driver:0.00} cores");
        }

        var machine = instruments.MachineCpuSeconds / seconds;
        if (machine >= Full * instruments.Cpus)
        {
            var lab = result.Containers.Sum(container => container.Cores);
            var most = string.Join(", ", parts.Take(3).Select(part => Invariant($"{part.Name} {part.Cores:0.00}")));
            var engine = instruments.EngineCpuSeconds is { } used ? Invariant($", {used / seconds:0.00} by the container engine") : "";
            var other = result.OtherCores is { } others ? Invariant($", {others:0.00} by other work") : "";
            return Invariant($"its limit is the machine's CPU: {machine:0.00} of its {instruments.Cpus} cores were busy, ")
                + Invariant($"{lab:0.00} by the lab ({most}), {driver:0.00} by the driver{engine}{other}");
        }

        var waiting = result.Processes.MaxBy(process => process.DatabaseWaitMs);
        var postgres = parts.FirstOrDefault(part => part.Name == "postgres").Cores;
        if (waiting?.DatabaseWaitMs >= LongWaitMilliseconds)
        {
            return Invariant($"its limit is the database: transactions of {waiting?.Process} waited {waiting?.DatabaseWaitMs:0} ms ")
                + Invariant($"for a connection, and postgres used {postgres:0.00} cores");
        }

        return Invariant($"nothing that was measured was at its limit: {busiest.Name} used most, {busiest.Cores:0.00} of a core, ")
            + Invariant($"and {machine:0.00} of the machine's {instruments.Cpus} cores were busy");
    }
}
