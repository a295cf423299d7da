using System.Diagnostics;
using System.Text.RegularExpressions;
using SynapseLab.Deployments;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Cli.Bench;

/// <summary>Measures one start, from when it is made until everything is healthy.</summary>
/// <param name="engine">Knows what the containers used.</param>
/// <param name="labName">The lab.</param>
internal sealed partial class StartMeter(IContainerEngine engine, string labName)
{
    private readonly Dictionary<string, double> _healthy = [];
    private readonly double _busyBefore = MachineCpu.BusySeconds();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _seconds;
    private double _machineCpu;
    private double _starterCpu;

    /// <summary>A part has become healthy.</summary>
    public void Healthy(string part) => _healthy[part] = _clock.Elapsed.TotalSeconds;

    /// <summary>Reads a line of a program that starts a lab, which may tell that a part has become healthy.</summary>
    public void Read(string line)
    {
        if (PartLine().Match(line) is { Success: true } part)
        {
            Healthy(part.Groups["name"].Value);
        }
    }

    /// <summary>Everything is healthy.</summary>
    /// <param name="starter">./lab's own process, where that started it.</param>
    public void Stop(Process? starter)
    {
        _seconds = _clock.Elapsed.TotalSeconds;
        _machineCpu = MachineCpu.BusySeconds() - _busyBefore;
        _starterCpu = starter?.TotalProcessorTime.TotalSeconds ?? 0;
    }

    /// <summary>What was measured, with what the containers have used until now.</summary>
    public async Task<StartMeasurement> ResultAsync(string way, Deployment deployment, CancellationToken cancellationToken)
    {
        var usages = await ContainersOfLab.UsagesAsync(engine, labName, cancellationToken);
        ContainerStart[] starts =
        [
            .. deployment.Containers.Where(spec => usages.ContainsKey(spec.Name)).Select(spec =>
            {
                var usage = usages[spec.Name];
                var processes = deployment.Processes.Where(process => process.Container == spec.Name).Select(process => process.Id);
                var healthyAfter = processes.Append(spec.Name).Max(_healthy.GetValueOrDefault);
                return new ContainerStart(spec.Name, (usage?.CpuNanoseconds ?? 0) / 1e9, healthyAfter, usage?.ResidentBytes ?? 0);
            }),
        ];
        var outside = Math.Max(0, _machineCpu - starts.Sum(one => one.CpuSeconds));
        return new StartMeasurement(way, _seconds, starts, outside, _starterCpu);
    }

    //      9.8 s  generic_worker1
    [GeneratedRegex(@"^ +[0-9.]+ s  (?<name>[a-z0-9_-]+)$")]
    private static partial Regex PartLine();
}
