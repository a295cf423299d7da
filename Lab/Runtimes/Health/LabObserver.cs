using System.Globalization;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>Looks at all parts of a lab once, side by side.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="states">Says what is the case with each part.</param>
/// <param name="parts">Asks each part.</param>
internal sealed class LabObserver(Deployment deployment, LabOperator states, PartClient parts)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // A launcher is asked by a program inside its container, after a question that is under way: a fifth of a second,
    // and on a busy machine much more.
    private static readonly TimeSpan StatePatience = TimeSpan.FromSeconds(5);

    /// <summary>One look, judged.</summary>
    public async Task<IReadOnlyList<PartHealth>> HealthAsync(CancellationToken cancellationToken)
    {
        var all = LabPart.All(deployment);
        var found = await Task.WhenAll(all.Select(part => FindAsync(part, cancellationToken)));
        var up = found.Where(seen => seen.State.IsUp).Select(seen => seen.Part.Name).ToHashSet();
        return new HealthJudgement(deployment).Of(
            await Task.WhenAll(found.Select(seen => seen.Own is null ? SeeAsync(seen, up, cancellationToken) : Task.FromResult(seen))));
    }

    // Where nobody can say what is the case with a part (a launcher that hangs or fails), that is its line, and the others have theirs.
    private async Task<PartSeen> FindAsync(LabPart part, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StatePatience);
        try
        {
            var state = await states.StateAsync(part, limit.Token);
            parts.Found(part.Container.Name, state.Addresses);
            return new PartSeen(part, state, null) { Addresses = [.. state.Addresses.Select(one => one.Address)] };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new PartSeen(part, new PartState(PartRun.Running), NoAnswer(e, StatePatience));
        }
    }

    private async Task<PartSeen> SeeAsync(PartSeen seen, HashSet<string> up, CancellationToken cancellationToken)
    {
        var (part, state) = (seen.Part, seen.State);
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
                { Container.Kind: ContainerKind.Redis } => await parts.RedisAsync(part.Container, limit.Token) is var redis ? seen with { Own = redis.Own, Subscribers = redis.Subscribers } : seen,
                // These two are asked at their published ports, which they have on the network only.
                _ when state.CutOff => seen,
                { Container.Kind: ContainerKind.Postgres } => seen with { Own = await parts.PostgresAsync(limit.Token) },
                _ => await ProxyAsync(seen, up, limit.Token),
            };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return seen with { Own = NoAnswer(e, Patience) };
        }
    }

    private async Task<PartSeen> ProcessAsync(PartSeen seen, SynapseProcess process, CancellationToken cancellationToken)
    {
        var own = await parts.AnswersAsync(process, cancellationToken);
        try
        {
            return own.Holds
                ? seen with { Own = own, Metrics = await parts.MetricsAsync(process, cancellationToken) }
                : seen with { Own = own };
        }
        catch (Exception)
        {
            // It answers all the same; that it gives no metrics is said of what it needs.
            return seen with { Own = own };
        }
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
                unreached[homeserver.Key] = $"{homeserver.Main.Id} gives clients {NoAnswer(e, Patience).Seen}";
            }
        }

        return seen with { Own = own, Unreached = unreached };
    }

    private static Observation NoAnswer(Exception e, TimeSpan patience) =>
        Observation.No(e is OperationCanceledException ? string.Create(CultureInfo.InvariantCulture, $"no answer within {patience.TotalSeconds:0} s") : e.GetBaseException().Message);
}
