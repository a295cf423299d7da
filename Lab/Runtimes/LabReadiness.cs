using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes;

/// <summary>Waits until parts of a lab are healthy, each with what it depends on as far as that is there.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="labOperator">Says what is the case with each part.</param>
/// <param name="parts">Asks the parts.</param>
/// <param name="waiter">Waits.</param>
internal sealed class LabReadiness(Deployment deployment, LabOperator labOperator, PartClient parts, Waiter waiter)
{
    private readonly Readiness _readiness = new(deployment, parts);

    /// <summary>Waits until everything is healthy, see <see cref="Readiness"/>.</summary>
    /// <exception cref="LabException">The deadline passed (exit code 1); the message says what each part showed.</exception>
    public Task AllAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        waiter.UntilAsync(deadline, _readiness.All(), null, cancellationToken);

    /// <summary>Waits until one part is healthy, see
    /// <see cref="RunningLab.WaitReadyAsync(string, TimeSpan, CancellationToken)"/>.</summary>
    /// <exception cref="LabException">The deadline passed (exit code 1).</exception>
    public async Task ReadyAsync(string part, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var meant = PartsOf(part);
        await waiter.UntilAsync(
            deadline, [.. meant.Select(_readiness.Of), .. await ReachAsync(meant, cancellationToken)], null, cancellationToken);
    }

    /// <summary>Waits until one part answers, see <see cref="RunningLab.WaitHealthyAsync"/>.</summary>
    /// <returns>How it is then.</returns>
    /// <exception cref="LabException">The deadline passed, or it can't become healthy before something else does (exit code 1).</exception>
    public async Task<IReadOnlyList<PartHealth>> HealthyAsync(string part, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var meant = PartsOf(part);
        var others = LabPart.All(deployment).Except(meant).ToArray();
        var states = await Task.WhenAll(others.Select(other => labOperator.StateAsync(other, cancellationToken)));
        var down = others.Zip(states).Where(other => !other.Second.IsUp).ToArray();
        // Synapse ends where Postgres does not answer at its start (synapse/app/_base.py).
        if (meant.Any(one => one.Process is not null)
            && down.FirstOrDefault(other => other.First.Container.Kind == ContainerKind.Postgres) is { First: { } postgres, Second: var state })
        {
            throw LabException.Failed(
                $"{part} was started, but can't become healthy: {postgres.Name} is {state.Matters[0]}",
                fix: $"First {labOperator.Remedy(postgres, state)}");
        }

        Func<LabPart, Condition> check = down.Any(other => other.First.Container.Kind == ContainerKind.Redis) ? _readiness.ByItself
            : down.Any(other => other.First is { Process.IsMain: true }) ? _readiness.WithoutMain
            : _readiness.Of;
        await waiter.UntilAsync(deadline, [.. meant.Select(check), .. await ReachAsync(meant, cancellationToken)], null, cancellationToken);
        return [.. (await HealthAsync(cancellationToken)).Where(health => meant.Contains(health.Part))];
    }

    /// <summary>One look at everything, judged.</summary>
    public Task<IReadOnlyList<PartHealth>> HealthAsync(CancellationToken cancellationToken) =>
        new LabObserver(deployment, labOperator, parts).HealthAsync(cancellationToken);

    /// <summary>That the proxy has found parts; nothing while the proxy is down or was taken off the network:
    /// nobody waits for what it finds then.</summary>
    public async Task<IReadOnlyList<Condition>> ReachAsync(IReadOnlyList<LabPart> meant, CancellationToken cancellationToken)
    {
        var proxy = LabPart.All(deployment).Single(part => part.Container.Kind == ContainerKind.Proxy);
        var states = await Task.WhenAll(meant.Append(proxy).Select(part => labOperator.StateAsync(part, cancellationToken)));
        if (!states.All(state => state.IsUp))
        {
            return [];
        }

        var reach = new ProxyReach(deployment, parts);
        return [.. meant.Select(part => part.Process).OfType<SynapseProcess>().Select(reach.Of).OfType<Condition>()];
    }

    private LabPart[] PartsOf(string name)
    {
        var part = LabPart.Find(deployment, name);
        return part is { Process: null, Container.Kind: ContainerKind.Homeserver }
            ? [.. LabPart.All(deployment).Where(one => one.Container == part.Container)]
            : [part];
    }
}
