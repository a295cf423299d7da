using SynapseLab.Deployments;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>Looks at all parts of a lab once, side by side.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="states">Says what is the case with each part.</param>
/// <param name="parts">Asks each part.</param>
public sealed class LabObserver(Deployment deployment, LabOperator states, PartClient parts)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>One look, judged.</summary>
    public async Task<IReadOnlyList<PartHealth>> HealthAsync(CancellationToken cancellationToken)
    {
        var all = LabPart.All(deployment);
        var found = await Task.WhenAll(all.Select(part => states.StateAsync(part, cancellationToken)));
        var up = all.Zip(found).Where(pair => pair.Second.IsUp).Select(pair => pair.First.Name).ToHashSet();
        return new HealthJudgement(deployment).Of(await Task.WhenAll(all.Zip(found, (part, state) => SeeAsync(part, state, up, cancellationToken))));
    }

    private async Task<PartSeen> SeeAsync(LabPart part, PartState state, HashSet<string> up, CancellationToken cancellationToken)
    {
        var seen = new PartSeen(part, state, null) { Addresses = state.Addresses };
        if (state.Run != PartRun.Running)
        {
            return seen;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return part switch
            {
                { Process: { } process } => await ProcessAsync(seen, process, limit.Token),
                { Container.Kind: ContainerKind.Postgres } => seen with { Own = await parts.PostgresAsync(part.Container, limit.Token) },
                { Container.Kind: ContainerKind.Redis } => await parts.RedisAsync(part.Container, limit.Token) is var redis ? seen with { Own = redis.Own, Subscribers = redis.Subscribers } : seen,
                // It is asked at its published port, which it has on the network only, and its image has nothing to ask it with inside.
                _ => state.CutOff ? seen : await ProxyAsync(seen, up, limit.Token),
            };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return seen with { Own = NoAnswer(e) };
        }
    }

    private async Task<PartSeen> ProcessAsync(PartSeen seen, SynapseProcess process, CancellationToken cancellationToken)
    {
        var own = await parts.AnswersAsync(process, cancellationToken);
        return own.Holds ? seen with { Own = own, Metrics = await parts.MetricsAsync(process, cancellationToken) } : seen with { Own = own };
    }

    private async Task<PartSeen> ProxyAsync(PartSeen seen, HashSet<string> up, CancellationToken cancellationToken)
    {
        var own = await parts.ProxyAsync(cancellationToken);
        var unreached = new Dictionary<string, string>();
        // Nobody waits for a main that is known to be away.
        foreach (var homeserver in deployment.Homeservers.Where(homeserver => own.Holds && up.Contains(homeserver.Main.Id)))
        {
            try
            {
                if (await parts.ReachedAsync(homeserver, cancellationToken) is { Holds: false } look)
                {
                    unreached[homeserver.Key] = look.Seen;
                }
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                unreached[homeserver.Key] = $"{homeserver.Main.Id} gives clients {NoAnswer(e).Seen}";
            }
        }

        return seen with { Own = own, Unreached = unreached };
    }

    private static Look NoAnswer(Exception e) => Look.No(e is OperationCanceledException ? "no answer within 2 s" : e.GetBaseException().Message);
}
