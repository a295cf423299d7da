using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.LoadTests.Runs;

/// <summary>CPU time that a load takes on this machine: of its driver's process, of the container engine, and altogether.</summary>
/// <param name="processes">The processes of this machine.</param>
internal sealed class CpuMeter(ProcessTable processes)
{
    private readonly EngineCpu _engine = new(processes);
    private double _driverSeconds;
    private double _machineSeconds;
    private double? _engineSeconds;

    private static double DriverSeconds => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>Looks at every process of the machine, which takes its milliseconds: before the run's clock.</summary>
    public void Prepare() => _engine.Begin();

    /// <summary>The reading to count from.</summary>
    public void Begin() => (_driverSeconds, _machineSeconds) = (DriverSeconds, MachineCpu.BusySeconds());

    /// <summary>The reading to count to.</summary>
    public void End() => (_driverSeconds, _machineSeconds, _engineSeconds) =
        (DriverSeconds - _driverSeconds, MachineCpu.BusySeconds() - _machineSeconds, _engine.End());

    /// <summary>What was used between <see cref="Begin"/> and <see cref="End"/>.</summary>
    /// <param name="asksEngine">See <see cref="UsageSampler.AsksEngine"/>.</param>
    public InstrumentResult Result(bool asksEngine) =>
        InstrumentResult.Of(_driverSeconds, _engineSeconds, asksEngine, _machineSeconds, Environment.ProcessorCount);
}
