using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Health;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Starting;

/// <summary>A prepared lab from its first container to the last healthy part.</summary>
/// <param name="tools">The engine and the clock.</param>
/// <param name="lab">The lab.</param>
/// <param name="report">Is told of each part that is healthy.</param>
internal sealed class LabRise(StartTools tools, PreparedLab lab, IStartReport report)
{
    // A first start from an empty database on a slow and busy machine; an ordinary one takes some ten seconds.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>Until everything is healthy, or the first container has died. The lab's folder says then that it runs.</summary>
    /// <param name="startAsync">Has the containers started; it may return before they are.</param>
    /// <param name="cancellationToken">Ends it; what was started stays.</param>
    /// <exception cref="LabException">A container died or did not become healthy (exit code 1), or could not be started.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> startAsync, CancellationToken cancellationToken)
    {
        await UntilHealthyAsync(startAsync, cancellationToken);
        (lab.State with { Phase = LabPhase.Running }).Save(lab.Folder);
    }

    private async Task UntilHealthyAsync(Func<CancellationToken, Task> startAsync, CancellationToken cancellationToken)
    {
        await using var watch = new ContainerWatch(tools.Engine, lab.Deployment, lab.State.StartedAt);
        using var parts = new PartClient(lab.Deployment, lab.Folder, tools.Engine, (spec, token) => watch.IdOfAsync(spec.Name, token));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Looked at while the runtime is still starting the rest: what is up early is seen early.
        var starting = startAsync(ended.Token);
        var ready = new Waiter(tools.Time).UntilAsync(
            Deadline,
            StartChecks.Of(lab.Deployment, watch.Signs, parts),
            (check, _) => report.Healthy(check.Name, tools.Time.GetElapsedTime(lab.Begun)),
            ended.Token);
        var healthy = InOrderAsync(starting, ready);
        try
        {
            if (await Task.WhenAny(healthy, watch.Death) == watch.Death)
            {
                throw new LabException(ExitCodes.Failed, await watch.Death);
            }

            await healthy;
        }
        catch
        {
            await ended.CancelAsync();
            await Task.WhenAll(starting, ready, healthy).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    // Nobody waits for the health of what could not be started.
    private static async Task InOrderAsync(Task starting, Task ready)
    {
        await starting;
        await ready;
    }
}
