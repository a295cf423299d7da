using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.LoadTests.Runs;

/// <summary>Listens to the engine for a container of the lab that ends, runs out of memory or is frozen while a load runs.</summary>
/// <param name="lab">The lab.</param>
public sealed class DeathWatch(RunningLab lab)
{
    private const string Silent = "the container engine stopped telling what happens";

    /// <summary>Waits for a death.</summary>
    /// <param name="since">From when on.</param>
    /// <param name="cancellationToken">Nobody died.</param>
    /// <returns>What happened: <c>container generic_worker1 ended with exit code 137</c>, or that the engine went silent; null where the watch was cancelled.</returns>
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
}
