using SynapseLab.Deployments;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Usage;

namespace SynapseLab.LoadTests.Runs;

/// <summary>
/// Reads CPU and memory of all containers, and CPU of the processes that share one, again and again while a load runs: from the kernel's
/// accounts where they can be seen, otherwise of containers from the engine. Seldom, since that costs the engine some milliseconds of CPU
/// for each container.
/// </summary>
/// <param name="lab">The lab.</param>
/// <param name="clock">The run's clock.</param>
/// <param name="processes">The processes of this machine.</param>
internal sealed class UsageSampler(RunningLab lab, RunClock clock, ProcessTable processes)
{
    private readonly List<Reading> _readings = [];
    private readonly TaskCompletionSource<string> _death = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyDictionary<string, CgroupUsage> _accounts = new Dictionary<string, CgroupUsage>();
    private IReadOnlyDictionary<string, ForkedProcesses> _forked = new Dictionary<string, ForkedProcesses>();

    /// <summary>Whether the engine has to be asked for any of the containers.</summary>
    public bool AsksEngine => lab.Containers.Keys.Any(name => !_accounts.ContainsKey(name));

    /// <summary>Ends when the kernel does not have a process of a shared container any more, as a sentence:
    /// <c>generic_worker1 ended</c>.</summary>
    public Task<string> Death => _death.Task;

    /// <summary>Finds the accounts.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(lab.Containers.Select(async pair =>
        {
            var running = await lab.Engine.InspectAsync(pair.Value.Id, cancellationToken);
            var account = running is { Pid: > 0 } ? CgroupUsage.Find(running.Pid, running.Id, clock.Time) : null;
            return (Name: pair.Key, Pid: running?.Pid ?? 0, Account: account);
        }));
        var here = found.Where(entry => entry.Account is not null).ToArray();
        _accounts = here.ToDictionary(entry => entry.Name, entry => entry.Account!);

        // Of a container whose account is not here neither are its processes: its number is that of another machine.
        var shared = lab.Deployment.Containers.Where(container => container.Kind == ContainerKind.Homeserver)
            .Select(container => container.Name);
        var forked = await Task.WhenAll(here.Where(entry => shared.Contains(entry.Name)).Select(async entry =>
        {
            var launched = await lab.LaunchedProcessesAsync(entry.Name, cancellationToken);
            var pids = launched.Where(process => process.Pid > 0).ToDictionary(process => process.Id, process => process.Pid);
            return (entry.Name, Processes: ForkedProcesses.Find(entry.Pid, pids, processes));
        }));
        _forked = forked.ToDictionary(entry => entry.Name, entry => entry.Processes);
    }

    /// <summary>Reads until cancelled, at least every ten seconds.</summary>
    /// <param name="duration">How long the load is to last; about 40 readings are made of it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Clamp(duration.TotalSeconds / 40, 1, 10)), clock.Time);
        try
        {
            do
            {
                await ReadAsync(cancellationToken);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The last reading is made by the caller, who knows when the load ended.
        }
    }

    /// <summary>One reading of all containers that run.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var usages = await Task.WhenAll(lab.Containers.Select(async pair =>
        {
            var account = _accounts.GetValueOrDefault(pair.Key);
            var usage = account is null ? await lab.Engine.UsageAsync(pair.Value.Id, cancellationToken) : account.Read();
            return (Name: pair.Key, Usage: usage);
        }));
        var processes = _forked.Values.SelectMany(forked => forked.Read()).ToDictionary();
        if (_forked.Values.SelectMany(forked => forked.Ids).FirstOrDefault(id => !processes.ContainsKey(id)) is { } dead)
        {
            _death.TrySetResult($"{dead} ended");
        }

        lock (_readings)
        {
            _readings.Add(new Reading(
                clock.Now / 1e9,
                usages.Where(entry => entry.Usage is not null).ToDictionary(entry => entry.Name, entry => entry.Usage!),
                processes));
        }
    }

    /// <summary>What each container used between its first and its last reading.</summary>
    public IReadOnlyList<ContainerResult> Totals() =>
        [.. lab.Deployment.Containers.Select(container => Total(container.Name)).OfType<ContainerResult>()];

    /// <summary>Containers and processes of which readings are missing, a sentence each.</summary>
    public IReadOnlyList<string> Gaps()
    {
        var containers = lab.Deployment.Containers.Select(container => container.Name)
            .Select(name => (Name: name, Missing: _readings.Count(reading => !reading.Usages.ContainsKey(name))));
        var processes = _forked.Values.SelectMany(forked => forked.Ids)
            .Select(id => (Name: id, Missing: _readings.Count(reading => !reading.Processes.ContainsKey(id))));
        return
        [
            .. containers.Concat(processes).Where(part => part.Missing > 0)
                .Select(part => $"{part.Name}: {part.Missing} of {_readings.Count} readings of its CPU and memory are missing"),
        ];
    }

    /// <summary>Times of the readings, without the first.</summary>
    public IReadOnlyList<double> Seconds() => [.. _readings.Skip(1).Select(reading => Math.Round(reading.Second, 3))];

    /// <summary>For each container the cores it used up to each of these times; in place of one whose processes are counted each by itself,
    /// those.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double?>> Cores() =>
        lab.Deployment.Containers.SelectMany(container => CoresOf(container.Name)).ToDictionary(part => part.Name, part => part.Cores);

    private IEnumerable<(string Name, IReadOnlyList<double?> Cores)> CoresOf(string container) =>
        _forked.GetValueOrDefault(container)?.Ids.ToArray() is { Length: > 0 } processes
            ? processes.Select(process => (process, Each((before, after) => OfProcess(before, after, process))))
            : [(container, Each((before, after) => OfContainer(before, after, container)))];

    // Null: it was not read twice.
    private ContainerResult? Total(string name)
    {
        var usages = _readings.Select(reading => reading.Usages.GetValueOrDefault(name)).OfType<ContainerUsage>().ToArray();
        if (usages.Length < 2)
        {
            return null;
        }

        var seconds = (usages[^1].CpuNanoseconds - usages[0].CpuNanoseconds) / 1e9;
        var mebibytes = usages.Max(usage => usage.ResidentBytes) / 1048576.0;
        return new ContainerResult(name, Math.Round(seconds, 3), Math.Round(usages[^1].CoresSince(usages[0]), 4), Math.Round(mebibytes, 1));
    }

    private IReadOnlyList<double?> Each(Func<Reading, Reading, double?> cores) =>
        [.. _readings.Zip(_readings.Skip(1), cores).Select(used => used is { } some ? Math.Round(Math.Max(0, some), 4) : used)];

    private static double? OfContainer(Reading before, Reading after, string name) =>
        before.Usages.GetValueOrDefault(name) is { } earlier && after.Usages.GetValueOrDefault(name) is { } later
            ? later.CoresSince(earlier)
            : null;

    private static double? OfProcess(Reading before, Reading after, string process)
    {
        var seconds = after.Second - before.Second;
        return before.Processes.TryGetValue(process, out var earlier) && after.Processes.TryGetValue(process, out var later) && seconds > 0
            ? (later - earlier) / 1e9 / seconds
            : null;
    }

    private sealed record Reading(
        double Second, IReadOnlyDictionary<string, ContainerUsage> Usages, IReadOnlyDictionary<string, long> Processes);
}
