using SynapseLab.Deployments;
using SynapseLab.Hosting.Model;
using SynapseLab.Plans;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Waiting;
using LogLine = SynapseLab.Runtimes.Engine.LogLine;

namespace SynapseLab.Hosting.Lifecycle;

/// <summary>The lab behind a deployment's resources, for whoever asks it something. Until it has been prepared
/// nothing of it is healthy.</summary>
/// <param name="plan">The deployment.</param>
/// <param name="engineOf">The engine; not before it is needed, since in a model that is only looked at nobody asks for one.</param>
internal sealed class LabConnection(SynapseDeployment plan, Func<IContainerEngine> engineOf) : IPreparedLab, IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private PartClient? _parts;
    private Readiness? _readiness;

    /// <summary>From now on the lab can be asked.</summary>
    public void Open(PreparedLab lab)
    {
        _parts = new PartClient(
            lab.Deployment, lab.Folder, engineOf(), (spec, _) => Task.FromResult(ContainerResources.EngineName(plan.Deployment, spec)));
        _readiness = new Readiness(lab.Deployment, _parts);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Condition> ChecksOf(string container) =>
    [
        .. LabPart.All(plan.Deployment)
            .Where(part => part.Container.Name == container)
            .Select(part => _readiness?.Of(part) ?? NotStarted(part.Name)),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Condition> ChecksOf(Homeserver homeserver) =>
    [
        _parts is { } parts
            ? new Condition(homeserver.ServerName, token => parts.ReachedAsync(homeserver, token))
            : NotStarted(homeserver.ServerName),
    ];

    /// <inheritdoc/>
    public Task<RunningLab> AttachAsync(CancellationToken cancellationToken) =>
        RunningLab.AttachAsync(plan.Request.Name, plan.LabRoot, cancellationToken);

    /// <summary>Metrics of a process now; null: the lab has not been prepared.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<MetricsSnapshot?> MetricsAsync(SynapseProcess process, CancellationToken cancellationToken) =>
        _parts is { } parts ? await parts.MetricsAsync(process, cancellationToken) : null;

    /// <summary>Follows the lines of a container through all its runs; while it is down it is looked for once in a second.</summary>
    /// <param name="container">The container.</param>
    /// <param name="take">Takes each line once, in order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task FollowAsync(ContainerSpec container, Action<LogLine> take, CancellationToken cancellationToken)
    {
        var name = ContainerResources.EngineName(plan.Deployment, container);
        var log = new FollowedLog(engineOf(), name, new Waiter(TimeProvider.System, BetweenLooks));
        return log.FollowAsync(null, untilRemoved: false, take, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _parts?.Dispose();

    private static Condition NotStarted(string name) => new(name, _ => Task.FromResult(Observation.No("not started")));
}
