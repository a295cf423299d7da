using SynapseLab.Numbers;

namespace SynapseLab.Cli.Bench;

/// <summary>All starts of a bench.</summary>
/// <param name="Topology">What was started.</param>
/// <param name="Cores">Cores of the machine.</param>
/// <param name="Starts">In the order in which they were measured.</param>
internal sealed record StartBenchResult(string Topology, int Cores, IReadOnlyList<StartMeasurement> Starts)
{
    public const string Lab = "lab";
    public const string Script = "script";
    public const string OneContainer = "one-container";
    public const string AppHost = "apphost";

    private const string Reference = "reference";

    /// <summary>Median seconds of a way.</summary>
    public double Seconds(string way) => Of(way).Select(start => start.Seconds).Median();

    /// <summary>The floor: the CPU time that the containers of a way need, spread over all cores. Nothing starts faster
    /// without doing less.</summary>
    public double Floor(string way) => Of(way).Select(start => start.CpuSeconds / Cores).Median();

    /// <summary>The floor with the CPU time that engine and kernel need to start those containers, whoever asks them to: less than this no
    /// starter can take.</summary>
    public double FloorWithEngine(string way) =>
        Of(way).Select(start => (start.CpuSeconds + start.OutsideCpuSeconds - start.StarterCpuSeconds) / Cores).Median();

    /// <summary>Median CPU seconds of the machine outside the containers of a way.</summary>
    public double Outside(string way) => Of(way).Select(start => start.OutsideCpuSeconds).Median();

    /// <summary>Median CPU seconds of ./lab's own process.</summary>
    public double Starter(string way) => Of(way).Select(start => start.StarterCpuSeconds).Median();

    /// <summary>Median resident bytes of a way.</summary>
    public double Resident(string way) => Of(way).Select(start => (double)start.ResidentBytes).Median();

    /// <summary>What labs showed between start and end, whichever way they were started.</summary>
    public IEnumerable<RunningMeasurement> Running => RunningOf(Starts);

    /// <summary>Resident bytes of each lab of a way when idle, by container.</summary>
    public IEnumerable<IReadOnlyDictionary<string, long>> IdleBytes(string way) => RunningOf(Of(way)).Select(running => running.IdleBytes);

    /// <summary>Median seconds of a reset of labs of a way.</summary>
    public double ResetSeconds(string way) => RunningOf(Of(way)).Select(running => running.ResetSeconds).Median();

    /// <summary>The bounds. Cold starts and resets are judged by medians, everything else by the worst that was seen.</summary>
    public IReadOnlyList<Bound> Bounds =>
    [
        new("lab / script", Seconds(Lab) / Seconds(Script), 1.05, Inclusive: true),
        new("packed / script", Seconds(OneContainer) / Seconds(Script), 0.55, Inclusive: true),
        new("packed reset / script", ResetSeconds(OneContainer) / Seconds(Script), 0.3, Inclusive: true),
        new("AppHost / lab", Seconds(AppHost) / Seconds(Lab), 1.1, Inclusive: true),
        new("Ctrl-C of the AppHost", Worst(Of(AppHost).Select(start => start.CtrlCSeconds ?? double.NaN)), 5, "s"),
        new("up again", Worst(Running.Select(running => running.UpAgainSeconds)), 3, "s"),
        new("changed by up again", Worst(Running.Select(running => (double)running.Changed.Count)), 0, Inclusive: true),
        // What more than the reference deployment may take, nobody has said.
        .. Topology == Reference
            ? [new Bound("memory when idle", Worst(IdleBytes(Lab).Select(Gibibytes)), 1.5, "GiB")]
            : Array.Empty<Bound>(),
        new("down", Worst(Running.Select(running => running.DownSeconds)), 10, "s"),
        new("left after down", Worst(Running.Select(running => (double)running.Left.Count)), 0, Inclusive: true),
    ];

    /// <summary>Whether all bounds hold.</summary>
    public bool Holds => Bounds.All(bound => bound.Holds);

    /// <summary>Starts of a way.</summary>
    public IEnumerable<StartMeasurement> Of(string way) => Starts.Where(start => start.Way == way);

    private static IEnumerable<RunningMeasurement> RunningOf(IEnumerable<StartMeasurement> starts) =>
        starts.Select(start => start.Running).OfType<RunningMeasurement>();

    private static double Gibibytes(IReadOnlyDictionary<string, long> bytes) => bytes.Values.Sum() / (double)(1L << 30);

    private static double Worst(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Max();
}
