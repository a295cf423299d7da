using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Runtimes.Starting;

/// <summary>Stays with a running lab on behalf of the process that started it.</summary>
public static class LabFollower
{
    /// <summary>Tells of containers that end and start, until the last one was removed by somebody else,
    /// as <c>./lab down</c> does.</summary>
    /// <param name="engine">Tells what happens.</param>
    /// <param name="labName">The lab's name.</param>
    /// <param name="say">Takes what happened, a line each.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LabException">The engine stopped telling (exit code 1); the lab may be there still.</exception>
    public static async Task UntilTakenDownAsync(
        IContainerEngine engine, string labName, Action<string> say, CancellationToken cancellationToken)
    {
        await foreach (var happened in engine.EventsAsync($"{LabLabels.Name}={labName}", null, cancellationToken))
        {
            var container = happened.Labels.GetValueOrDefault(LabLabels.Container);
            if (happened.Action == "destroy" && (await engine.ListAsync($"{LabLabels.Name}={labName}", cancellationToken)).Count == 0)
            {
                return;
            }

            if (happened.Action == "die" && container is not null)
            {
                say($"container {container} ended with exit code {happened.ExitCode}");
            }
            else if (happened.Action == "start" && container is not null)
            {
                say($"container {container} was started");
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        // An engine that shuts down ends its events like any reply, and nobody asked for the lab to go.
        throw LabException.Failed(
            $"the container engine stopped telling what happens to lab {labName}",
            fix: $"See ./lab doctor, then {ToType.On(labName, "status")}");
    }
}
