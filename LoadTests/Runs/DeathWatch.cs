using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;

namespace SynapseLab.LoadTests.Runs;

/// <summary>Listens to the engine for a container of the lab that ends, runs out of memory or is frozen while a load runs. Of the processes
/// of a shared container the engine does not tell; the kernel does (<see cref="UsageSampler.Death"/>), and their launcher when it is asked
/// at the end.</summary>
/// <param name="lab">The lab.</param>
internal sealed class DeathWatch(RunningLab lab)
{
    private const string Silent = "the container engine stopped telling what happens";
    private IReadOnlyDictionary<string, DateTimeOffset?> _started = new Dictionary<string, DateTimeOffset?>();

    /// <summary>Remembers what runs.</summary>
    /// <exception cref="LabException">A part of the lab does not run (exit code 1).</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _started = await StartedAsync(cancellationToken);
        if (_started.FirstOrDefault(entry => entry.Value is null).Key is { } dead)
        {
            throw LabException.Failed($"{dead} does not run", fix: $"See {ToType.On(lab.Name, "status")}");
        }
    }

    /// <summary>A last look: whatever does not run any more, or was started again, a sentence each. That a process is silent says nothing:
    /// it may be busy.</summary>
    public async Task<IReadOnlyList<string>> DeadAsync(CancellationToken cancellationToken) =>
    [
        .. (await StartedAsync(cancellationToken)).Where(entry => entry.Value != _started.GetValueOrDefault(entry.Key))
            .Select(entry => $"{entry.Key} {(entry.Value is null ? "does not run any more" : "was started again")}"),
    ];

    /// <summary>Waits for a death.</summary>
    /// <param name="since">From when on.</param>
    /// <param name="cancellationToken">Nobody died.</param>
    /// <returns>What happened: <c>generic_worker1 ended with exit code 137</c>, or that the engine went silent; null where the watch was
    /// cancelled.</returns>
    public async Task<string?> WatchAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var happened in lab.Engine.EventsAsync($"{LabLabels.Name}={lab.Name}", since, cancellationToken))
            {
                var name = happened.Labels.GetValueOrDefault(LabLabels.Container) ?? $"container {happened.ContainerId[..12]}";
                switch (happened.Action)
                {
                    case "die":
                        return $"{name} ended with exit code {happened.ExitCode}";
                    case "oom":
                        return $"{name} ran out of memory";
                    case "pause":
                        return $"{name} was paused";
                }
            }

            return Silent;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or EngineException or LabException)
        {
            // Who dies from now on would not be known.
            return Silent;
        }
    }

    // Null: it does not run, or is frozen.
    private async Task<Dictionary<string, DateTimeOffset?>> StartedAsync(CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(lab.Containers.Select(async pair =>
        {
            var details = await lab.Engine.InspectAsync(pair.Value.Id, cancellationToken);
            return (pair.Key, StartedAt: details is { State: "running" } ? details.StartedAt : (DateTimeOffset?)null);
        }));
        var started = found.ToDictionary(entry => entry.Key, entry => entry.StartedAt);
        foreach (var shared in lab.Deployment.Containers.Where(container => container.Kind == ContainerKind.Homeserver))
        {
            foreach (var process in await lab.LaunchedProcessesAsync(shared.Name, cancellationToken))
            {
                started[process.Id] = process.Run == PartRun.Running ? process.StartedAt : null;
            }
        }

        return started;
    }
}
