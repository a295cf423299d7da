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
/// <param name="OutsideCpuSeconds">CPU time of the machine outside the containers meanwhile, in seconds: engine, kernel
/// and what started it.</param>
/// <param name="StarterCpuSeconds">Of that, ./lab's own process; 0 where something else started it.</param>
/// <param name="Running">What it showed afterwards; null where only the start was measured.</param>
internal sealed record StartMeasurement(
    string Way,
    double Seconds,
    IReadOnlyList<ContainerStart> Containers,
    double OutsideCpuSeconds = 0,
    double StarterCpuSeconds = 0,
    RunningMeasurement? Running = null)
{
    /// <summary>Seconds from Ctrl-C until nothing of it was left; null where it ends otherwise.</summary>
    public double? CtrlCSeconds { get; init; }

    /// <summary>CPU time of all containers up to that moment, in seconds.</summary>
    public double CpuSeconds => Containers.Sum(container => container.CpuSeconds);

    /// <summary>Resident memory of all containers, in bytes.</summary>
    public long ResidentBytes => Containers.Sum(container => container.ResidentBytes);
}
