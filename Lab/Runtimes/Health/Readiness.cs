using SynapseLab.Deployments;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>The checks that have to hold for a lab to be healthy, one for each container that is no Synapse and one for each Synapse process.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="parts">Asks each part.</param>
public sealed class Readiness(Deployment deployment, PartClient parts)
{
    private readonly HashSet<string> _subscribed = [];
    private readonly Lock _gate = new();

    /// <summary>All checks, named by container or process id, in the order of the deployment.</summary>
    public IReadOnlyList<Check> All() => [.. LabPart.All(deployment).Select(Of)];

    /// <summary>The check of one part.</summary>
    /// <param name="part">No shared container as a whole: its processes are parts.</param>
    public Check Of(LabPart part) => part switch
    {
        { Process: { } process } => Process(process),
        { Container.Kind: ContainerKind.Postgres } => new Check(part.Name, parts.PostgresAsync),
        { Container: { Kind: ContainerKind.Redis } container } => new Check(part.Name, async token => (await parts.RedisAsync(container, token)).Own),
        _ => new Check(part.Name, ProxyAsync),
    };

    /// <summary>The check of one part that asks for nothing but its own answer.</summary>
    public Check ByItself(LabPart part) => part switch
    {
        { Process: { } process } => new Check(part.Name, token => parts.AnswersAsync(process, token)),
        { Container.Kind: ContainerKind.Proxy } => new Check(part.Name, parts.ProxyAsync),
        _ => Of(part),
    };

    /// <summary>The check of one part while main is away: it answers, and is subscribed to Redis where it is a process that others replicate to.</summary>
    public Check WithoutMain(LabPart part) => part.Process is { } process && HomeserverOf(process).Processes.Count > 1
        ? new Check(
            part.Name,
            async token => await parts.AnswersAsync(process, token) is { Holds: false } silent ? silent : ReplicationEvidence.Subscribed(await parts.MetricsAsync(process, token)))
        : ByItself(part);

    /// <summary>The check for one process: it answers, it is subscribed to Redis, and so is main, so that each reaches the other
    /// (see <see cref="ReplicationEvidence"/> for why that is taken for "main sees it").
    /// A homeserver without workers has no Redis: there, answering is enough.</summary>
    public Check Process(SynapseProcess process)
    {
        var homeserver = HomeserverOf(process);
        return new Check(process.Id, token => ProcessAsync(homeserver, process, token));
    }

    private Homeserver HomeserverOf(SynapseProcess process) => deployment.Homeservers.Single(one => one.Key == process.HomeserverKey);

    private async Task<Look> ProcessAsync(Homeserver homeserver, SynapseProcess process, CancellationToken cancellationToken)
    {
        // Forgotten before it is asked: whoever looks at the same time may not take a process for subscribed that ended since.
        lock (_gate)
        {
            _subscribed.Remove(process.Id);
        }

        var answer = await parts.AnswersAsync(process, cancellationToken);
        if (!answer.Holds || homeserver.Processes.Count == 1)
        {
            return answer;
        }

        var metrics = await parts.MetricsAsync(process, cancellationToken);
        var subscribed = ReplicationEvidence.Subscribed(metrics);
        if (subscribed.Holds)
        {
            lock (_gate)
            {
                _subscribed.Add(process.Id);
            }
        }

        if (!subscribed.Holds || process.IsMain)
        {
            return subscribed;
        }

        if (!ReplicationEvidence.HearsOthers(metrics))
        {
            return Look.No("subscribed, but has heard no other process");
        }

        // Main's own check runs beside this one; asking main once more for each worker would cost it more than being healthy does.
        bool mainIs;
        lock (_gate)
        {
            mainIs = _subscribed.Contains(homeserver.Main.Id);
        }

        var main = mainIs ? Look.Yes("subscribed") : await MainAsync(homeserver, cancellationToken);
        return main.Holds ? Look.Yes("answers, subscribed together with main") : Look.No($"subscribed, but main is not: {main.Seen}");
    }

    private async Task<Look> MainAsync(Homeserver homeserver, CancellationToken cancellationToken)
    {
        try
        {
            return ReplicationEvidence.Subscribed(await parts.MetricsAsync(homeserver.Main, cancellationToken));
        }
        catch (HttpRequestException e)
        {
            return Look.No(e.StatusCode is { } status ? $"HTTP {(int)status}" : e.Message);
        }
    }

    // Itself first: what is behind it has checks of its own. Then whether it has found main.
    private async Task<Look> ProxyAsync(CancellationToken cancellationToken)
    {
        var look = await parts.ProxyAsync(cancellationToken);
        foreach (var homeserver in deployment.Homeservers)
        {
            look = look.Holds ? await parts.ReachedAsync(homeserver, cancellationToken) : look;
        }

        return look;
    }
}
