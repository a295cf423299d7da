using System.Text.Json;
using System.Text.Json.Serialization;
using SynapseLab.LoadTests.Deliveries;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Reports;

/// <summary>
/// Everything that a run measured; <c>result.json</c>. Times in seconds or milliseconds as the names say. Written the same way whichever
/// driver ran.
/// </summary>
public sealed record LoadResult
{
    private const double ShortestSeconds = 10;
    private const int FewestOperations = 100;
    private const double DisturbingShare = 0.1;

    /// <summary>Version of this format.</summary>
    public int Format { get; init; } = 2;

    /// <summary>Name of the profile.</summary>
    public required string Profile { get; init; }

    /// <summary>The profile's description.</summary>
    public string Description { get; init; } = "";

    /// <summary>Name of the topology.</summary>
    public required string Topology { get; init; }

    /// <summary>Name of the lab.</summary>
    public required string Lab { get; init; }

    /// <summary>Name of the driver.</summary>
    public required string Driver { get; init; }

    /// <summary>Seed of the plan.</summary>
    public required long Seed { get; init; }

    /// <summary>Mark of the run in messages and transaction IDs.</summary>
    public required string Run { get; init; }

    /// <summary>The command that repeats it.</summary>
    public required string Command { get; init; }

    /// <summary>When the load began, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long the load was to last.</summary>
    public required double PlannedSeconds { get; init; }

    /// <summary>How long it lasted, without the arrival of the last messages.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>How long the last messages took to arrive after the load ended.</summary>
    public required double DrainSeconds { get; init; }

    /// <summary>How the run ended.</summary>
    public required RunEnd End { get; init; }

    /// <summary>
    /// Whether this is a result to rely on: no part of the lab died, the plan was kept, neither the driver nor other work took much of the
    /// machine, nothing was lost or duplicated, and no more failed than the profile allows. An interrupted run may be good, too: what ran
    /// until then, ran well.
    /// </summary>
    public bool Good => Problems.Count == 0 && !Disturbed && End != RunEnd.Broken;

    /// <summary>Whether the run did not keep its plan.</summary>
    public bool Saturated { get; init; }

    /// <summary>
    /// Whether it was too short for its figures to mean anything: the first seconds of a load are not like the rest, and 99 % of a few is
    /// chance.
    /// </summary>
    public bool Short => LoadSeconds < ShortestSeconds || DoneOnSchedule < FewestOperations;

    /// <summary>The verdict in some words: <c>good</c>, <c>saturated</c>, <c>saturated and disturbed</c>, <c>not good</c>.</summary>
    public string Headline => this switch
    {
        { End: RunEnd.Broken } => "broken, not a result",
        { Saturated: true, Disturbed: true } => "saturated and disturbed",
        { Saturated: true } => "saturated",
        { Disturbed: true } => "disturbed",
        { Good: false } => "not good",
        { End: RunEnd.Interrupted } => "interrupted",
        { Short: true } => "good, but too short to mean anything",
        _ => "good",
    };

    /// <summary>What speaks against the result, a sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>What could not be read, a sentence each: numbers that are missing or stand for another time.</summary>
    public IReadOnlyList<string> Gaps { get; init; } = [];

    /// <summary>Other labs that ran on the same machine.</summary>
    public IReadOnlyList<string> OtherLabs { get; init; } = [];

    /// <summary>What was measured of each kind of operation.</summary>
    public required IReadOnlyList<OperationResult> Operations { get; init; }

    /// <summary>What became of the messages.</summary>
    public required DeliveryCount Deliveries { get; init; }

    /// <summary>Errors by operation and cause, most frequent first.</summary>
    public required IReadOnlyList<ErrorResult> Errors { get; init; }

    /// <summary>What each Synapse process used and did.</summary>
    public required IReadOnlyList<ProcessResult> Processes { get; init; }

    /// <summary>What each container used.</summary>
    public required IReadOnlyList<ContainerResult> Containers { get; init; }

    /// <summary>What the lab's own instruments used.</summary>
    public required InstrumentResult Instruments { get; init; }

    /// <summary>
    /// Cores that were busy during the load with neither the lab nor its driver and engine: other work on the machine. Where they are many,
    /// the latencies are not the lab's alone. Null where the containers' own share is not known to the end.
    /// </summary>
    public double? OtherCores => End == RunEnd.Broken || Containers.Count == 0 ? null : Math.Round(Cores(Math.Max(0, OtherCpuSeconds)), 2);

    /// <summary>
    /// Whether the driver or other work took more than a tenth of the machine's cores: the figures are then not the lab's alone.
    /// </summary>
    public bool Disturbed => Disturbances.Count > 0;

    /// <summary>What took so much of the machine, a sentence each.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Disturbances
    {
        get
        {
            var (told, most) = (new List<string>(), DisturbingShare * Instruments.Cpus);
            if (OtherCores > most)
            {
                var labs = OtherLabs.Count == 0 ? "" : $" (other labs ran: {string.Join(", ", OtherLabs)})";
                var used = Invariant($"other work on this machine used {OtherCores:0.00} of its {Instruments.Cpus} cores meanwhile{labs}");
                told.Add($"{used}: the figures are not the lab's alone");
            }

            if (End != RunEnd.Broken && DriverCores > most)
            {
                var used = Invariant($"the driver itself used {DriverCores:0.00} of the machine's {Instruments.Cpus} cores");
                told.Add($"{used}: the figures are not the lab's alone");
            }

            return told;
        }
    }

    /// <summary>The run in slices of time.</summary>
    public required RunTimeline Timeline { get; init; }

    /// <summary>The driver's CPU time per second of load.</summary>
    internal double DriverCores => Cores(Instruments.DriverCpuSeconds);

    /// <summary>The container engine's, see <see cref="InstrumentResult.EngineCpuSeconds"/>.</summary>
    internal double? EngineCores => Instruments.EngineCpuSeconds is { } seconds ? Cores(seconds) : null;

    private long DoneOnSchedule => Operations.Where(operation => operation.Workload == "open").Sum(operation => operation.Done);

    private double OtherCpuSeconds =>
        Instruments.MachineCpuSeconds
        - Containers.Sum(container => container.CpuSeconds)
        - Instruments.DriverCpuSeconds
        - (Instruments.EngineCpuSeconds ?? 0);

    /// <summary>As the file has it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, LoadResultJson.Default.LoadResult) + "\n";

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static LoadResult FromJson(string json) =>
        JsonSerializer.Deserialize(json, LoadResultJson.Default.LoadResult) ?? throw new JsonException("the result is null");

    private double Cores(double cpuSeconds) => cpuSeconds / Math.Max(0.001, LoadSeconds);
}

/// <summary>How a run ended.</summary>
[JsonConverter(typeof(RunEndConverter))]
public enum RunEnd
{
    /// <summary>It ran its whole time.</summary>
    Complete,

    /// <summary>Ctrl-C; what ran until then was measured.</summary>
    Interrupted,

    /// <summary>A part of the lab died; what was measured says nothing about the lab as it was meant.</summary>
    Broken,
}

/// <summary>What may be said of a run that ended this way.</summary>
public static class RunEnds
{
    /// <summary>
    /// What to call a delivery that did not come: only a run that waited for all of them to the end can call them lost, elsewhere they may
    /// only be late.
    /// </summary>
    /// <returns><c>lost</c> or <c>not come</c>.</returns>
    public static string Missing(this RunEnd end) => end == RunEnd.Complete ? "lost" : "not come";
}

/// <summary>One kind of operation.</summary>
/// <param name="Operation">Its name: <c>send</c>.</param>
/// <param name="Workload">
/// <c>open</c>, <c>closed</c>, or <c>observed</c> for what is no workload of its own (deliveries, backfills).
/// </param>
/// <param name="Planned">How many the schedule has; null: it is not part of a schedule.</param>
/// <param name="Done">How many ended, well or not.</param>
/// <param name="Failed">How many of them without a 2xx reply.</param>
/// <param name="OnTime">
/// How many of them ended before the planned time was over, or a little later (<see cref="Profiles.LoadProfile.KeptUntil"/>).
/// </param>
/// <param name="PerSecond">Ended per second of load.</param>
/// <param name="Latency">From the intended start to the end of the reply, of those that succeeded.</param>
/// <param name="LateStart">From the intended to the real start.</param>
/// <param name="Distribution">For plots: latency in milliseconds below which shares of all lie.</param>
public sealed record OperationResult(
    string Operation,
    string Workload,
    int? Planned,
    long Done,
    long Failed,
    long OnTime,
    double PerSecond,
    LatencyResult Latency,
    LatencyResult LateStart,
    IReadOnlyList<DistributionPoint> Distribution);

/// <summary>A distribution in a few numbers, all in milliseconds.</summary>
/// <param name="Mean">Arithmetic mean.</param>
/// <param name="P50">Median.</param>
/// <param name="P90">90 %.</param>
/// <param name="P95">95 %.</param>
/// <param name="P99">99 %.</param>
/// <param name="P999">99.9 %.</param>
/// <param name="Max">Largest.</param>
public sealed record LatencyResult(double Mean, double P50, double P90, double P95, double P99, double P999, double Max);

/// <summary>A point of a distribution.</summary>
/// <param name="Percent">Share of the operations, 0 to 100.</param>
/// <param name="Milliseconds">None of them took longer.</param>
public sealed record DistributionPoint(double Percent, double Milliseconds);

/// <summary>Errors of one cause.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Cause">For example <c>HTTP 500 M_UNKNOWN</c>.</param>
/// <param name="Count">How many.</param>
public sealed record ErrorResult(string Operation, string Cause, long Count);

/// <summary>
/// What a Synapse process used and did between the start of the load and the arrival of the last message, from its own metrics.
/// </summary>
/// <param name="Process">Its id.</param>
/// <param name="CpuSeconds">CPU time.</param>
/// <param name="Cores">CPU time per second.</param>
/// <param name="MemoryMib">Resident memory at the end.</param>
/// <param name="Requests">HTTP requests that it answered, those of other processes among them.</param>
/// <param name="Syncs">Syncs that it answered.</param>
/// <param name="EventsPersisted">Events that it wrote.</param>
/// <param name="TransactionsSent">Federation transactions that it sent.</param>
/// <param name="EdusSent">Ephemeral messages (typing, receipts, ...) in them.</param>
/// <param name="DatabaseWaitMs">How long a transaction waited for a connection to the database, on average, in milliseconds.</param>
public sealed record ProcessResult(
    string Process,
    double CpuSeconds,
    double Cores,
    double MemoryMib,
    double Requests,
    double Syncs,
    double EventsPersisted,
    double TransactionsSent,
    double EdusSent,
    double DatabaseWaitMs = 0);

/// <summary>What a container used during the load, from the kernel's accounts or the engine.</summary>
/// <param name="Container">Its name: the process's id where it runs one Synapse process.</param>
/// <param name="CpuSeconds">CPU time.</param>
/// <param name="Cores">CPU time per second.</param>
/// <param name="MemoryMib">Largest memory seen.</param>
public sealed record ContainerResult(string Container, double CpuSeconds, double Cores, double MemoryMib);

/// <summary>What the instruments used.</summary>
/// <param name="DriverCpuSeconds">CPU time of the driver's process during the load.</param>
/// <param name="MachineCpuSeconds">CPU time of the whole machine during the load, everything that was not idle.</param>
/// <param name="DriverShare">The driver's part of it, 0 to 1.</param>
/// <param name="EngineCpuSeconds">
/// CPU time of the container engine's own processes during the load; null where they cannot be seen. It forwards ports and logs for whoever
/// loads the lab.
/// </param>
/// <param name="EngineShare">The engine's part of the machine's CPU time, 0 to 1.</param>
/// <param name="EngineReadsUsage">
/// Whether the readings of usage are part of the engine's CPU time, since the kernel's accounts cannot be seen.
/// </param>
/// <param name="Cpus">Cores of the machine.</param>
public sealed record InstrumentResult(
    double DriverCpuSeconds,
    double MachineCpuSeconds,
    double DriverShare,
    double? EngineCpuSeconds,
    double? EngineShare,
    bool EngineReadsUsage,
    int Cpus)
{
    /// <summary>From what was measured.</summary>
    public static InstrumentResult Of(double driverSeconds, double? engineSeconds, bool engineReadsUsage, double machineSeconds, int cpus)
    {
        double Share(double seconds) => machineSeconds > 0 ? Math.Round(seconds / machineSeconds, 4) : 0;
        return new InstrumentResult(
            Math.Round(driverSeconds, 3),
            Math.Round(machineSeconds, 3),
            Share(driverSeconds),
            engineSeconds is { } engine ? Math.Round(engine, 3) : null,
            engineSeconds is { } used ? Share(used) : null,
            engineReadsUsage,
            cpus);
    }
}

/// <summary>The run in slices of time.</summary>
/// <param name="SliceSeconds">Length of a slice.</param>
/// <param name="Operations">For each operation, by its intended start.</param>
/// <param name="UsageSeconds">Times at which usage was read, seconds since the start.</param>
/// <param name="Cores">
/// CPU time per second up to each of these times, null where it was not read: for each container (<see cref="ContainerResult"/>), and in
/// place of one with several Synapse processes for each of those by its id, where the kernel's accounts can be seen.
/// </param>
public sealed record RunTimeline(
    double SliceSeconds,
    IReadOnlyDictionary<string, OperationTimeline> Operations,
    IReadOnlyList<double> UsageSeconds,
    IReadOnlyDictionary<string, IReadOnlyList<double?>> Cores);

/// <summary>One kind of operation over time; a number for each slice, latencies in milliseconds, null where nothing succeeded.</summary>
/// <param name="Done">Ended, well or not.</param>
/// <param name="Failed">Of them without a 2xx reply.</param>
/// <param name="P50">Median latency.</param>
/// <param name="P95">95 %.</param>
/// <param name="P99">99 %.</param>
public sealed record OperationTimeline(
    IReadOnlyList<long> Done,
    IReadOnlyList<long> Failed,
    IReadOnlyList<double?> P50,
    IReadOnlyList<double?> P95,
    IReadOnlyList<double?> P99);

/// <summary>Writes <c>complete</c>, as all words in the file are written.</summary>
internal sealed class RunEndConverter() : JsonStringEnumConverter<RunEnd>(JsonNamingPolicy.SnakeCaseLower);

/// <summary>Serialisers made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(LoadResult))]
internal sealed partial class LoadResultJson : JsonSerializerContext;
