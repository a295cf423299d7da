using SynapseLab.Runtimes.Engine;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Evidence;

/// <summary>A container's lines, from one run of it to the next: its log ends with the container,
/// and an operator may start that again.</summary>
/// <param name="engine">The engine.</param>
/// <param name="container">Identifier or name.</param>
/// <param name="waiter">Waits for the container to be back.</param>
public sealed class FollowedLog(IContainerEngine engine, string container, Waiter waiter)
{
    /// <summary>Follows it.</summary>
    /// <param name="since">From when on; null: from the container's beginning.</param>
    /// <param name="untilRemoved">Whether it ends when the container is removed;
    /// else one that is made anew under the name is followed.</param>
    /// <param name="take">Takes each line once, in order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task FollowAsync(DateTimeOffset? since, bool untilRemoved, Action<LogLine> take, CancellationToken cancellationToken)
    {
        for (var ended = false; !ended;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await foreach (var line in engine.LogsAsync(container, new LogRequest(Follow: true, Since: since), cancellationToken))
                {
                    // The engine's "since" takes the given moment in; one tick later does not repeat the line.
                    since = line.Time.AddTicks(1);
                    take(line);
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException or EngineException or LabException)
            {
                // The container or the engine itself went away; below is the wait for its return.
            }

            await waiter.UntilAsync(
                TimeSpan.FromDays(1),
                "the container runs again",
                async token =>
                {
                    var found = await engine.InspectAsync(container, token);
                    ended = found is null && untilRemoved;
                    return ended || found?.State == "running"
                        ? Observation.Yes("running or removed")
                        : Observation.No(found?.State ?? "removed");
                },
                cancellationToken);
        }
    }
}
