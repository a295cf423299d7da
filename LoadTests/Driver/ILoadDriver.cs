namespace SynapseLab.LoadTests.Driver;

/// <summary>Starts the operations of a workload at their time and records them. Which driver is used changes neither what is done nor how
/// it is counted.</summary>
public interface ILoadDriver
{
    /// <summary>Name for <c>--driver</c> and results: <c>builtin</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Runs a workload: the whole schedule, and the loops for the run's duration and until the last operation of the schedule has ended.
    /// Latency counts from the intended start; a loop intends its next turn when the last one ended.
    /// </summary>
    /// <param name="run">What to run and where to record it.</param>
    /// <param name="cancellationToken">Breaks everything off; what was in flight is not recorded.</param>
    Task RunAsync(DriverRun run, CancellationToken cancellationToken);
}
