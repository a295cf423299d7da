using SynapseLab.Deployments;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Starting;

namespace SynapseLab.Runtimes.Resetting;

/// <summary>A fresh homeserver without a start.</summary>
public static class LabResetExtensions
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Gives every homeserver of the lab a fresh start: users, rooms, media and all else that was made are gone,
    /// and it is healthy again when this returns. Ports, addresses, secrets and signing keys are as before.
    /// Access tokens and connections to <see cref="RunningLab.Database"/> from before are void. Processes that have ended are started;
    /// the routes, limits and faults of other parts stay as they are.
    /// </summary>
    /// <param name="lab">The lab.</param>
    /// <param name="by">Who does it, as status will tell where it is broken off: <c>./lab reset reference</c>; null: this process.</param>
    /// <param name="cancellationToken">Cancels; the next reset does it to its end.</param>
    /// <exception cref="LabException">A part is paused, cut off or down, or the lab was started from an empty database (exit code 2):
    /// nothing was done, the message says what to do. It did not become healthy again (exit code 1).</exception>
    public static async Task ResetAsync(this RunningLab lab, string? by = null, CancellationToken cancellationToken = default)
    {
        var between = await new LabReset(lab).RunAsync(by ?? $"process {Environment.ProcessId}", cancellationToken);
        lab.Databases.Clear();
        await lab.RefreshAsync(cancellationToken);
        await using var signs = new ListeningSigns(lab.Engine, (container, _) => Task.FromResult(lab.ContainerId(container)), between);
        // Postgres and Redis have just been used.
        var anew = LabPart.All(lab.Deployment)
            .Where(part => part.Process is not null || part.Container.Kind == ContainerKind.Proxy)
            .ToArray();
        var names = anew.Select(part => part.Name).ToHashSet();
        var checks = StartChecks.Of(lab.Deployment, signs, lab.Parts).Where(check => names.Contains(check.Name));
        await lab.Waiter.UntilAsync(Deadline, [.. checks], null, cancellationToken);
        await lab.Waiter.UntilAsync(Deadline, await lab.Readiness.ReachAsync(anew, cancellationToken), null, cancellationToken);
    }
}
