using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>The checks that have to hold for a lab to be healthy,
/// one for each container that is no Synapse and one for each Synapse process.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="parts">Asks each part.</param>
public sealed class Readiness(Deployment deployment, PartClient parts)
{
    private readonly HashSet<string> _subscribed = [];
    private readonly Lock _gate = new();

    /// <summary>All checks, named by container or process id, in the order of the deployment.</summary>
    public IReadOnlyList<Condition> All() => [.. LabPart.All(deployment).Select(Of)];

    /// <summary>The check of one part.</summary>
    /// <param name="part">No shared container as a whole: its processes are parts.</param>
    public Condition Of(LabPart part) => part switch
    {
        { Process: { } process } => Process(process),
        { Container.Kind: ContainerKind.Postgres } => new Condition(part.Name, parts.PostgresAsync),
        { Container: { Kind: ContainerKind.Redis } container } => new Condition(part.Name, async token => (await parts.RedisAsync(container, token)).Own),
        _ => new Condition(part.Name, ProxyAsync),
    };

    /// <summary>The check of one part that asks for nothing but its own answer.</summary>
    public Condition ByItself(LabPart part) => part switch
    {
        { Process: { } process } => new Condition(part.Name, token => parts.AnswersAsync(process, token)),
        { Container.Kind: ContainerKind.Proxy } => new Condition(part.Name, parts.ProxyAsync),
        _ => Of(part),
    };

    /// <summary>The check of one part while main is away: it answers,
    /// and is subscribed to Redis where it is a process that others replicate to.</summary>
    public Condition WithoutMain(LabPart part) => part.Process is { } process && HomeserverOf(process).Processes.Count > 1
        ? new Condition(
            part.Name,
            async token => await parts.AnswersAsync(process, token) is { Holds: false } silent ? silent : ReplicationEvidence.Subscribed(await parts.MetricsAsync(process, token)))
        : ByItself(part);

    /// <summary>The check for one process: it answers, it is subscribed to Redis, and so is main, so that each reaches the other
    /// (see <see cref="ReplicationEvidence"/> for why that is taken for "main sees it").
    /// A homeserver without workers has no Redis: there, answering is enough.</summary>
    public Condition Process(SynapseProcess process)
    {
        var homeserver = HomeserverOf(process);
        return new Condition(process.Id, token => ProcessAsync(homeserver, process, token));
    }

    private Homeserver HomeserverOf(SynapseProcess process) => deployment.Homeservers.Single(one => one.Key == process.HomeserverKey);

    private async Task<Observation> ProcessAsync(Homeserver homeserver, SynapseProcess process, CancellationToken cancellationToken)
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
            return Observation.No("subscribed, but has heard no other process");
        }

        // Main's own check runs beside this one; asking main once more for each worker would cost it more than being healthy does.
        bool mainIs;
        lock (_gate)
        {
            mainIs = _subscribed.Contains(homeserver.Main.Id);
        }

        var main = mainIs ? Observation.Yes("subscribed") : await MainAsync(homeserver, cancellationToken);
        return main.Holds
            ? Observation.Yes("answers, subscribed together with main")
            : Observation.No($"subscribed, but main is not: {main.Seen}");
    }

    private async Task<Observation> MainAsync(Homeserver homeserver, CancellationToken cancellationToken)
    {
        try
        {
            return ReplicationEvidence.Subscribed(await parts.MetricsAsync(homeserver.Main, cancellationToken));
        }
        catch (HttpRequestException e)
        {
            return Observation.No(e.StatusCode is { } status ? $"HTTP {(int)status}" : e.Message);
        }
    }

    // Itself first: what is behind it has checks of its own. Then whether it has found main.
    private async Task<Observation> ProxyAsync(CancellationToken cancellationToken)
    {
        var look = await parts.ProxyAsync(cancellationToken);
        foreach (var homeserver in deployment.Homeservers)
        {
            look = look.Holds ? await parts.ReachedAsync(homeserver, cancellationToken) : look;
        }

        return look;
    }
}
