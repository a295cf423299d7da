using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;
using SynapseLab.Hosting.Model;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Waiting;

namespace SynapseLab.Hosting.Lifecycle;

/// <summary>What Aspire shows of a deployment: states, links and lines of its own resources, which are set here, and states of its
/// containers, which are waited for.</summary>
/// <param name="plan">The deployment.</param>
/// <param name="model">Its containers.</param>
/// <param name="notifications">Takes and tells states.</param>
/// <param name="resourceLogs">Takes lines for the resource's console in the dashboard.</param>
/// <param name="log">Takes the same lines for the program's console.</param>
internal sealed class ShownResources(
    SynapseDeployment plan,
    SynapseModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService resourceLogs,
    ILogger log) : IStartReport
{
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(60);

    private ILogger ResourceLog => resourceLogs.GetLogger(plan.Root);

    /// <inheritdoc/>
    public void Note(string line) => Say(LogLevel.Information, line);

    /// <inheritdoc/>
    public void Healthy(string part, TimeSpan after) => Say(LogLevel.Information, $"{after.TotalSeconds,6:0.0} s  {part}");

    /// <inheritdoc/>
    public void Failed(IReadOnlyList<Problem> problems)
    {
        // Whoever runs the application is told by the exception.
    }

    /// <summary>Says a line on the console of the program, and on that of the resource in the dashboard.</summary>
    public void Say(LogLevel level, string line)
    {
        log.Log(level, "{Line}", line);
        ResourceLog.Log(level, "{Line}", line);
    }

    /// <summary>Shows why the deployment does not run.</summary>
    public Task ShowAsync(LabException failure)
    {
        foreach (var problem in failure.Problems)
        {
            ResourceLog.LogError("{Problem}", problem);
        }

        return SetStateAsync(KnownResourceStates.FailedToStart);
    }

    /// <summary>Gives the deployment and its homeservers a state, see <see cref="KnownResourceStates"/>.</summary>
    public async Task SetStateAsync(string state)
    {
        foreach (var resource in plan.Homeservers.Cast<IResource>().Append(plan.Root).Distinct())
        {
            await notifications.PublishUpdateAsync(resource, snapshot => snapshot with
            {
                State = state,
                Urls = resource is SynapseResource homeserver ? UrlsOf(homeserver) : snapshot.Urls,
            });
        }
    }

    /// <summary>
    /// Waits until all containers are created. Aspire's own word for that (AfterResourcesCreatedEvent) comes when
    /// what waits for a homeserver is created too: after the homeserver is healthy.
    /// </summary>
    public Task CreatedAsync(CancellationToken cancellationToken) => Task.WhenAll(model.Containers.Select(container =>
        notifications.WaitForResourceAsync(container.Name, one => IsCreated(one.Snapshot.State?.Text), cancellationToken)));

    /// <summary>Waits until Aspire shows every container as running: that one ended and runs again, its orchestrator
    /// tells a while later.</summary>
    /// <exception cref="LabException">It does not (exit code 1).</exception>
    public Task RunningAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        var shown = model.Containers.Select(container => new Condition($"Aspire shows {container.Name} as running", async token =>
        {
            await notifications.WaitForResourceAsync(container.Name, KnownResourceStates.Running, token);
            return Observation.Yes("running");
        }));
        return waiter.UntilAsync(ShownWithin, [.. shown], null, cancellationToken);
    }

    private static bool IsCreated(string? state) =>
        state == KnownResourceStates.Running
        || state == KnownResourceStates.RuntimeUnhealthy
        || KnownResourceStates.TerminalStates.Contains(state);

    // Links on the dashboard: Aspire itself makes some only for what has endpoints.
    private ImmutableArray<UrlSnapshot> UrlsOf(SynapseResource homeserver) =>
    [
        .. plan.Deployment.Endpoints
            .Where(endpoint => endpoint.HomeserverKey == homeserver.Homeserver.Key)
            .Select(endpoint => new UrlSnapshot(endpoint.Name, endpoint.Uri.ToString(), IsInternal: false)
            {
                DisplayProperties = new(endpoint.Name),
            }),
    ];
}
