namespace SynapseLab.Cli.Bench;

/// <summary>What one container used until everything was healthy.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CpuSeconds">CPU time in seconds.</param>
/// <param name="HealthyAfter">Seconds from the start until the last process in it was healthy.</param>
/// <param name="ResidentBytes">Resident memory in bytes at that moment.</param>
internal sealed record ContainerStart(string Name, double CpuSeconds, double HealthyAfter, long ResidentBytes);

/// <summary>One start.</summary>
/// <param name="Way">How it was started.</param>
/// <param name="Seconds">From the start of the process that starts it until everything was healthy.</param>
/// <param name="Containers">Each container.</param>
internal sealed record StartMeasurement(string Way, double Seconds, IReadOnlyList<ContainerStart> Containers)
{
    /// <summary>CPU time of all containers up to that moment, in seconds.</summary>
    public double CpuSeconds => Containers.Sum(container => container.CpuSeconds);

    /// <summary>Resident memory of all containers, in bytes.</summary>
    public long ResidentBytes => Containers.Sum(container => container.ResidentBytes);
}

/// <summary>All starts of a bench.</summary>
/// <param name="Cores">Cores of the machine.</param>
/// <param name="Starts">In the order in which they were measured.</param>
internal sealed record StartBenchResult(int Cores, IReadOnlyList<StartMeasurement> Starts)
{
    public const string Lab = "lab";
    public const string Script = "script";
    public const string OneContainer = "one-container";

    /// <summary>At most this many times the script's time (issue "reference deployment", Speed and memory).</summary>
    public const double MostOfScript = 1.05;

    /// <summary>At most this many times the floor.</summary>
    public const double MostOfFloor = 1.4;

    /// <summary>Median seconds of a way.</summary>
    public double Seconds(string way) => Median(Of(way).Select(start => start.Seconds));

    /// <summary>The floor: the CPU time that the containers of a way need, spread over all cores. Nothing starts faster without doing less.</summary>
    public double Floor(string way) => Median(Of(way).Select(start => start.CpuSeconds / Cores));

    /// <summary>Median resident bytes of a way.</summary>
    public double Resident(string way) => Median(Of(way).Select(start => (double)start.ResidentBytes));

    /// <summary>Whether the lab keeps to both limits.</summary>
    public bool Holds => Seconds(Lab) <= MostOfScript * Seconds(Script) && Seconds(Lab) <= MostOfFloor * Floor(Lab);

    /// <summary>Starts of a way.</summary>
    public IEnumerable<StartMeasurement> Of(string way) => Starts.Where(start => start.Way == way);

    /// <summary>The middle value.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
