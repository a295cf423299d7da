using SynapseLab.Catalogue;
using SynapseLab.Plans;
using SynapseLab.Topologies;

namespace SynapseLab.Routing;

/// <summary>The pools of one homeserver, and which route goes to which.</summary>
public sealed class HomeserverRoutes
{
    internal const string OneProcess = "one process serves it";

    private readonly Dictionary<string, (Pool Pool, string Reason, string AffinityReason)> _pools = [];

    internal HomeserverRoutes(EndpointCatalogue catalogue, IReadOnlyList<Route> routes, Homeserver homeserver, ProxyTopology proxy)
    {
        Homeserver = homeserver;
        Main = new Pool($"{homeserver.Key}_main", homeserver.Key, Affinity.None, [homeserver.Main]);
        var pools = new List<Pool> { Main };
        var problems = new List<Problem>();
        foreach (var route in routes)
        {
            var (label, members, reason) = Choose(catalogue, route, problems);
            var pool = Main;
            var affinityReason = "";
            if (members.Count > 0 && !members.SequenceEqual(Main.Members))
            {
                (var affinity, affinityReason) = route.ServedBy.Kind == ServerKind.StreamWriter && WritersOf(route).Count == 1
                    ? (Affinity.None, "")
                    : AffinityOf(catalogue, route, proxy);
                var name = $"{homeserver.Key}_{label}" + (affinity == Affinity.None ? "" : $"_by_{affinity.ToWord()}");
                pool = pools.FirstOrDefault(other => other.Name == name) ?? new Pool(name, homeserver.Key, affinity, members);
                if (!pools.Contains(pool))
                {
                    pools.Add(pool);
                }
            }

            _pools[route.Name] = (pool, reason, pool.Members.Count > 1 ? affinityReason : OneProcess);
        }

        Pools = pools;
        Problems = problems;
    }

    /// <summary>The homeserver.</summary>
    public Homeserver Homeserver { get; }

    /// <summary>Main's pool: everything that no route claims.</summary>
    public Pool Main { get; }

    /// <summary>All pools that a route goes to, main's first, then in the order of the routes.</summary>
    public IReadOnlyList<Pool> Pools { get; }

    /// <summary>What is wrong with the topology's processes, seen from the routes: a stream writer that takes no requests.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>Whether no process of the homeserver has what an entry is about, since users log in elsewhere.</summary>
    public bool Lacks(CatalogueEntry entry) => entry.NeedsOwnLogin && Homeserver.Topology.DelegatesLogin;

    /// <summary>The pool of a route.</summary>
    public Pool PoolOf(Route route) => _pools[route.Name].Pool;

    /// <summary>Why a route goes to its pool.</summary>
    public string ReasonOf(Route route) => _pools[route.Name].Reason;

    /// <summary>Why a route has the affinity of its pool, one clause: <c>the topology says so for 'sync'</c>.</summary>
    public string AffinityReasonOf(Route route) => _pools[route.Name].AffinityReason;

    private (string Label, IReadOnlyList<SynapseProcess> Members, string Reason) Choose(
        EndpointCatalogue catalogue, Route route, List<Problem> problems)
    {
        var workers = Homeserver.Processes.Where(process => !process.IsMain && process.Resources.Contains(route.Resource)).ToArray();
        switch (route.ServedBy.Kind)
        {
            case ServerKind.StreamWriter when WritersOf(route).Count > 0 || !route.ServedBy.OrAny:
                return ChooseWriters(route, problems);
            case ServerKind.MediaRepository:
                return workers.Length > 0
                    ? (LabelOf(workers, "media"), workers, "workers run the media repository")
                    : ("main", [], "no worker runs the media repository, so main does");
            default:
                foreach (var group in catalogue.Ancestry(route.Group))
                {
                    var named = workers.Where(worker => worker.Worker!.Role.RouteGroups.Contains(group)).ToArray();
                    if (named.Length > 0)
                    {
                        return Take(
                            route,
                            named,
                            group,
                            $"{Plural(named)} of role {named[0].Worker!.Role.Name} serve{(named.Length == 1 ? "s" : "")} '{group}'");
                    }
                }

                var generic = workers.Where(worker => worker.Worker!.Role.RouteGroups.Contains("*")).ToArray();
                return generic.Length > 0 && route.ServedBy.Kind != ServerKind.Single
                    ? Take(route, generic, "generic", "any worker may serve it, and no role claims it")
                    : ("main", [], route.ServedBy.Kind == ServerKind.Single
                        ? $"one process has to serve all of '{route.Group}', and no role claims it"
                        : "no worker serves it, so main does");
        }
    }

    private (string Label, IReadOnlyList<SynapseProcess> Members, string Reason) ChooseWriters(Route route, List<Problem> problems)
    {
        var stream = route.ServedBy.Stream!;
        var names = WritersOf(route);
        if (names.Count == 0)
        {
            return ("main", [], $"no worker writes the stream '{stream}', so main does");
        }

        var writers = names.Select(name => Homeserver.Processes.First(process => process.Name == name)).ToArray();
        foreach (var writer in writers.Where(writer => !writer.IsMain && !writer.Resources.Contains(route.Resource)))
        {
            problems.Add(new Problem($"{writer.Id} writes the stream '{stream}', whose requests go to it, but its listener has no resource '{route.Resource}'"));
        }

        return ($"writer_{stream}", writers, $"{string.Join(", ", names)} write{(names.Count == 1 ? "s" : "")} the stream '{stream}'");
    }

    // Workers only: none where main writes.
    private IReadOnlyList<string> WritersOf(Route route) =>
        Homeserver.Topology.StreamWriters.GetValueOrDefault(route.ServedBy.Stream!, []) is var names && names is ["main"] ? [] : names;

    private static (string Label, IReadOnlyList<SynapseProcess> Members, string Reason) Take(
        Route route, SynapseProcess[] workers, string group, string reason) =>
        route.ServedBy.Kind == ServerKind.Single
            ? (route.Group, workers[..1], $"one process has to serve all of '{route.Group}': the first of its workers")
            : (LabelOf(workers, group), workers, reason);

    // The name a reader knows the workers by: that of their group in the topology, else of their role, else of the route group.
    private static string LabelOf(SynapseProcess[] workers, string otherwise) =>
        workers.Select(worker => worker.Worker!.Group).Distinct().ToArray() is [var group] ? group.Replace('-', '_')
        : workers.Select(worker => worker.Worker!.Role.Name).Distinct().ToArray() is [var role] ? role
        : otherwise;

    private static string Plural(SynapseProcess[] workers) => workers.Length == 1 ? workers[0].Name : $"{workers.Length} workers";

    // What the topology says for the group itself, for what it is like, or for all; what these requests cannot have is passed over.
    private static (Affinity Affinity, string Reason) AffinityOf(EndpointCatalogue catalogue, Route route, ProxyTopology proxy)
    {
        var passedOver = new List<string>();
        foreach (var word in catalogue.Ancestry(route.Group).Append(ProxyTopology.DefaultAffinity))
        {
            if (proxy.Affinity.TryGetValue(word, out var named))
            {
                if (route.CanHave(named))
                {
                    return (named, $"the topology says so for '{word}'{PassedOver()}");
                }

                passedOver.Add($"'{word}: {named.ToWord()}'");
            }
        }

        return (route.Affinity, $"recommended{PassedOver()}");

        string PassedOver() => passedOver.Count == 0 ? "" : $"; these requests cannot have {string.Join(" or ", passedOver)}";
    }
}
