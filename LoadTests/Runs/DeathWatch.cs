using SynapseLab.Runtimes;

namespace SynapseLab.LoadTests.Runs;

/// <summary>Listens to the engine for a container of the lab that ends or is frozen while a load runs.</summary>
/// <param name="lab">The lab.</param>
public sealed class DeathWatch(RunningLab lab)
{
    /// <summary>Waits for a death.</summary>
    /// <param name="since">From when on.</param>
    /// <param name="cancellationToken">Nobody died.</param>
    /// <returns>What happened: <c>container generic-worker1 ended with exit code 137</c>; null where the watch was cancelled or the engine went silent.</returns>
    public async Task<string?> WatchAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var happened in lab.Engine.EventsAsync($"{LabLabels.Name}={lab.Name}", since, cancellationToken))
            {
                var name = happened.Labels.TryGetValue(LabLabels.Container, out var label) ? label : happened.ContainerId[..12];
                switch (happened.Action)
                {
                    case "die":
                        return $"container {name} ended with exit code {happened.ExitCode}";
                    case "oom":
                        return $"container {name} ran out of memory";
                    case "pause":
                        return $"container {name} was paused";
                }
            }

            return "the container engine stopped telling what happens";
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
