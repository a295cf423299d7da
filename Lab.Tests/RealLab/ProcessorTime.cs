using SynapseLab.Runtimes;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>Processor time of a lab's processes, as the kernel and as they themselves count it.</summary>
internal static class ProcessorTime
{
    /// <summary>
    /// That the metrics of each process are its own: what it says to have used lies between what the kernel says before and after. Both
    /// count in hundredths of a second (proc_pid_stat(5), and the Prometheus client, which reads the same file).
    /// </summary>
    /// <param name="lab">The lab.</param>
    /// <param name="read">What the kernel says now, in nanoseconds, by the id of the process.</param>
    public static async Task IsToldByEachItselfAsync(RunningLab lab, Func<IReadOnlyDictionary<string, long>> read)
    {
        var before = read();
        var metrics = await lab.AllMetricsAsync(CancellationToken.None);
        var after = read();

        Assert.Equal(lab.Deployment.Processes.Select(process => process.Id), before.Keys);
        var own = metrics.ToDictionary(one => one.Key, one => (long)Math.Round(one.Value.Sum("process_cpu_seconds_total") * 1e9));
        Assert.All(before.Keys, process => Assert.InRange(own[process], before[process], after[process]));
        Assert.True(own.Values.Distinct().Count() > 1);
    }
}
