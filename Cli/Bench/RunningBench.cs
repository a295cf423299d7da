using System.Diagnostics;
using System.Globalization;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Bench;

/// <summary>Measures a lab that runs: a second <c>./lab up</c>, its memory when idle, <c>./lab reset</c> and
/// <c>./lab down</c>, each command as a user types it.</summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">The engine.</param>
/// <param name="time">The clock.</param>
internal sealed class RunningBench(LabRoot root, IContainerEngine engine, TimeProvider time)
{
    // Ten processes of an idle lab take some 0.07 of a core together.
    private const double IdleCores = 0.2;
    private static readonly TimeSpan IdleDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan IdleSpan = TimeSpan.FromSeconds(1);

    /// <summary>Measures, and takes the lab down.</summary>
    /// <param name="topology">What it was started from.</param>
    /// <param name="labName">The lab.</param>
    /// <param name="files">Has seen the files before the lab was started.</param>
    /// <param name="cancellationToken">Ends it; the lab may be there then.</param>
    public async Task<RunningMeasurement> MeasureAsync(
        string topology, string labName, FileTraces files, CancellationToken cancellationToken)
    {
        var traces = await LabTraces.OfAsync(engine, labName, cancellationToken);
        var before = await ContainersAsync(labName, cancellationToken);
        var up = await LabAsync(["up", topology, "--name", labName, "--detach"], files, cancellationToken);
        var changed = Changes(before, await ContainersAsync(labName, cancellationToken));
        var idle = await IdleBytesAsync(labName, cancellationToken);
        var reset = await LabAsync(["reset", labName], files, cancellationToken);
        var down = await LabAsync(["down", labName], files, cancellationToken);
        return new RunningMeasurement(up, changed, idle, reset, down, [.. await traces.LeftAsync(cancellationToken), .. files.Left()]);
    }

    /// <summary>What is different between two looks at the containers of a lab.</summary>
    /// <param name="before">Name to identifier and start of each.</param>
    /// <param name="after">The same, later.</param>
    public static IReadOnlyList<string> Changes(
        IReadOnlyDictionary<string, (string Id, DateTimeOffset StartedAt)> before,
        IReadOnlyDictionary<string, (string Id, DateTimeOffset StartedAt)> after) =>
    [
        .. before.Keys.Except(after.Keys).Select(name => $"container {name} is gone"),
        .. after.Keys.Except(before.Keys).Select(name => $"container {name} is new"),
        .. before.Keys.Intersect(after.Keys).Where(name => after[name] != before[name])
            .Select(name => $"container {name} was {(after[name].Id == before[name].Id ? "restarted" : "made anew")}"),
    ];

    private async Task<double> LabAsync(string[] words, FileTraces files, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>(files.Environment.Concat(engine.Socket.Environment));
        var begun = Stopwatch.GetTimestamp();
        var result = await ExternalCommand.RunAsync(Path.Combine(root.Path, "lab"), words, environment, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        return result.ExitCode == ExitCodes.Fine
            ? seconds
            : throw LabException.Failed($"./lab {string.Join(' ', words)}: {result.LastError}");
    }

    private async Task<Dictionary<string, (string Id, DateTimeOffset StartedAt)>> ContainersAsync(
        string labName, CancellationToken cancellationToken)
    {
        var containers = await ContainersOfLab.DetailsAsync(engine, labName, cancellationToken);
        return containers.ToDictionary(container => container.Name, container => (container.Id, container.StartedAt));
    }

    private async Task<IReadOnlyDictionary<string, long>> IdleBytesAsync(string labName, CancellationToken cancellationToken)
    {
        Dictionary<string, ContainerUsage>? last = null;
        var at = time.GetTimestamp();
        await new Waiter(time, IdleSpan).UntilAsync(
            IdleDeadline,
            string.Create(CultureInfo.InvariantCulture, $"the containers take less than {IdleCores} of a core together"),
            async token =>
            {
                var now = await UsagesAsync(labName, token);
                var seconds = time.GetElapsedTime(at).TotalSeconds;
                var used = last is null ? double.NaN : (CpuSeconds(now) - CpuSeconds(last)) / seconds;
                (last, at) = (now, time.GetTimestamp());
                return new Observation(used < IdleCores, string.Create(CultureInfo.InvariantCulture, $"{used:0.00} of a core"));
            },
            cancellationToken);
        return last!.ToDictionary(pair => pair.Key, pair => pair.Value.ResidentBytes);
    }

    private async Task<Dictionary<string, ContainerUsage>> UsagesAsync(string labName, CancellationToken cancellationToken)
    {
        var usages = await ContainersOfLab.UsagesAsync(engine, labName, cancellationToken);
        return usages.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!);
    }

    private static double CpuSeconds(Dictionary<string, ContainerUsage> usages) => usages.Values.Sum(usage => usage.CpuNanoseconds) / 1e9;
}
