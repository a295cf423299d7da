using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Topologies;

namespace SynapseLab.Runtimes.Health;

/// <summary>
/// Judges a lab by what was seen of each part. A part is healthy by its own answer alone;
/// what it depends on and is not there is said apart from that, and where the part's own connections tell that something is missing,
/// those too.
/// </summary>
/// <param name="deployment">The lab.</param>
internal sealed class HealthJudgement(Deployment deployment)
{
    /// <summary>Judges.</summary>
    /// <param name="seen">What was seen of every part, in the order in which it is told.</param>
    public IReadOnlyList<PartHealth> Of(IReadOnlyList<PartSeen> seen)
    {
        var byName = seen.ToDictionary(one => one.Part.Name);
        return [.. seen.Select(one => new PartHealth(one.Part, one.State, one.Own?.Holds, one.Own?.Seen ?? "", one.State.IsUp ? [.. Needs(one, byName)] : []))];
    }

    private IEnumerable<string> Needs(PartSeen one, IReadOnlyDictionary<string, PartSeen> seen)
    {
        var missing = DependenciesOf(one.Part)
            .Select(dependency => (dependency.Name, Missing: Missing(seen[dependency.Name], dependency.ByNetwork)))
            .Where(dependency => dependency.Missing is not null)
            .ToArray();
        foreach (var (_, what) in missing)
        {
            yield return what!;
        }

        foreach (var (key, what) in one.Unreached)
        {
            // Where main is away, that says it.
            if (missing.All(dependency => dependency.Name != deployment.Homeservers.Single(homeserver => homeserver.Key == key).Main.Id))
            {
                yield return what;
            }
        }

        if (one.Own is { Holds: true }
            && one.Part.Process is { } process
            && HomeserverOf(process).Processes.Count > 1
            && missing.All(dependency => dependency.Name != RedisName)
            && Unsubscribed(one, seen[RedisName]) is { } unsubscribed)
        {
            yield return unsubscribed;
        }
    }

    private string RedisName => deployment.Containers.Single(container => container.Kind == ContainerKind.Redis).Name;

    private bool OnSockets => deployment.Topology.Sockets == Sockets.Unix;

    private Homeserver HomeserverOf(SynapseProcess process) =>
        deployment.Homeservers.Single(homeserver => homeserver.Key == process.HomeserverKey);

    // Who asks whom: every process the database, Redis, and in its homeserver main and whoever listens for replication,
    // since instance_map names those
    // (docs/workers.md); the proxy whoever listens for clients or federation.
    private IEnumerable<(string Name, bool ByNetwork)> DependenciesOf(LabPart part)
    {
        if (part.Container.Kind == ContainerKind.Proxy)
        {
            return deployment.Processes
                .Where(process => process.Resources.Any(resource => resource is "client" or "federation"))
                .Select(process => (process.Id, !OnSockets));
        }

        if (part.Process is not { } asker)
        {
            return [];
        }

        var homeserver = HomeserverOf(asker);
        var postgres = deployment.Containers.Single(container => container.Kind == ContainerKind.Postgres).Name;
        return
        [
            (postgres, true),
            .. homeserver.Processes.Count > 1 ? [(RedisName, !OnSockets)] : Array.Empty<(string, bool)>(),
            // Processes of one container reach each other whatever becomes of the network.
            .. homeserver.Processes.Where(process => process != asker && (process.ReplicationPort ?? (object?)process.ReplicationSocket) is not null)
                .Select(process => (process.Id, !OnSockets && process.Container != asker.Container)),
        ];
    }

    private static string? Missing(PartSeen dependency, bool byNetwork)
    {
        var name = dependency.Part.Name;
        return dependency switch
        {
            { State.Run: PartRun.Gone } => $"{name} is gone",
            { State.Run: PartRun.Ended } when dependency.State.Faults.LastOrDefault(one => one.Kind is FaultKind.Killed or FaultKind.Stopped) is { } fault => $"{name} is {(fault.Kind == FaultKind.Killed ? "killed" : "stopped")}",
            { State.Run: PartRun.Ended } => $"{name} has ended",
            { State.Run: PartRun.Paused } => $"{name} is paused",
            { State.CutOff: true } when byNetwork => $"{name} is cut off",
            { Own: { Holds: false, Seen: var said } } => said.StartsWith("no answer", StringComparison.Ordinal) ? $"{name} does not answer" : $"{name} is not ready ({said})",
            _ => null,
        };
    }

    // Both ends have to agree: the process says that it is connected and has heard itself,
    // and Redis has a subscriber at the process's address. A connection to an address that one of them had before it was cut off is known
    // to its own end only, until a ping is missed (synapse/replication/tcp/redis.py: 30 s and more).
    private string? Unsubscribed(PartSeen process, PartSeen redis)
    {
        if (process.Metrics is null)
        {
            return "it gives no metrics";
        }

        var subscribed = ReplicationEvidence.Subscribed(process.Metrics);
        if (!subscribed.Holds)
        {
            return subscribed.Seen;
        }

        var seenByRedis = OnSockets || process.Addresses.Count == 0 || redis.Addresses.Count == 0
            || redis.Subscribers.Any(subscriber => process.Addresses.Contains(subscriber.From) && (subscriber.To is null || redis.Addresses.Contains(subscriber.To)));
        return seenByRedis ? null : "Redis has no subscriber at its address";
    }
}
