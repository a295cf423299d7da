using SynapseLab.Catalogue;
using SynapseLab.Plans;
using SynapseLab.Routing.Rings;
using SynapseLab.Topologies;

namespace SynapseLab.Routing;

/// <summary>The whole map of a lab: for each homeserver, which request goes to which pool. Pure;
/// the proxies' configurations are rendered from it.</summary>
public sealed class RouteMap
{
    private readonly IReadOnlyDictionary<CatalogueEntry, Route> _routeOf;
    private readonly string _proxyKind;

    private RouteMap(EndpointCatalogue catalogue, IReadOnlyList<Homeserver> homeservers, ProxyTopology proxy)
    {
        Catalogue = catalogue;
        Routes = Route.Of(catalogue);
        _routeOf = Routes
            .SelectMany(route => route.Entries.Select(entry => (entry, route)))
            .ToDictionary(pair => pair.entry, pair => pair.route);
        _proxyKind = proxy.Kind;
        Homeservers = [.. homeservers.Select(homeserver => new HomeserverRoutes(catalogue, Routes, homeserver, proxy))];
    }

    /// <summary>The catalogue it was made from.</summary>
    public EndpointCatalogue Catalogue { get; }

    /// <summary>All routes that some topology sends elsewhere than to main.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>The homeservers with their pools, in topology order.</summary>
    public IReadOnlyList<HomeserverRoutes> Homeservers { get; }

    /// <summary>Makes the map of a lab.</summary>
    /// <param name="homeservers">The homeservers with their processes.</param>
    /// <param name="proxy">Affinity by route group, and the kind of proxy.</param>
    /// <param name="catalogue">The catalogue; null for the lab's own.</param>
    public static RouteMap Build(IReadOnlyList<Homeserver> homeservers, ProxyTopology proxy, EndpointCatalogue? catalogue = null) =>
        new(catalogue ?? EndpointCatalogue.Load(), homeservers, proxy);

    /// <summary>Makes the map of a topology.</summary>
    public static RouteMap Build(Topology topology) => Build(ProcessPlan.Of(topology), topology.Proxy);

    /// <summary>The route of an entry; null where the entry is main's or refused.</summary>
    public Route? RouteOf(CatalogueEntry entry) => _routeOf.GetValueOrDefault(entry);

    /// <summary>Where a request to a homeserver goes.</summary>
    /// <param name="request">The request.</param>
    /// <param name="homeserverName">The homeserver's server_name or short name: <c>hs1.test</c>, <c>hs1</c>; null for the first.</param>
    /// <exception cref="LabException">Exit code 2: there is no such homeserver, or the request is none.</exception>
    public RouteDecision Decide(HttpRequestLine request, string? homeserverName = null)
    {
        var homeserver = Homeservers.FirstOrDefault(routes => homeserverName is null || routes.Homeserver.IsCalled(homeserverName))
            ?? throw Homeserver.Unknown(homeserverName!, Homeservers.Select(routes => routes.Homeserver));
        var entry = Catalogue.Find(request.Method, request.Path, request.Query);
        if (entry is null)
        {
            return new RouteDecision(
                null,
                homeserver.Main,
                Affinity.None,
                null,
                homeserver.Homeserver.Main,
                "the catalogue has no entry for it, and main serves everything that workers do not",
                HomeserverRoutes.OneProcess);
        }

        if (entry.ServedBy.Kind == ServerKind.Nobody)
        {
            return new RouteDecision(entry, null, Affinity.None, null, null, "the proxy refuses it", "nobody serves it");
        }

        if (homeserver.Lacks(entry))
        {
            return new RouteDecision(entry, null, Affinity.None, null, null, $"{homeserver.Homeserver.ServerName} delegates login to a Matrix Authentication Service: no process has it, and it is answered 404", "nobody serves it");
        }

        if (RouteOf(entry) is not { } route)
        {
            return new RouteDecision(
                entry,
                homeserver.Main,
                Affinity.None,
                null,
                homeserver.Homeserver.Main,
                "main alone serves it",
                HomeserverRoutes.OneProcess);
        }

        var pool = homeserver.PoolOf(route);
        var key = AffinityKey.Of(request, pool.Affinity);
        return new RouteDecision(
            entry, pool, pool.Affinity, key, Instance(pool, key, request), homeserver.ReasonOf(route), homeserver.AffinityReasonOf(route));
    }

    /// <summary>The share of all keys that each member of a pool with an affinity gets, in the pool's order:
    /// the lengths of its arcs of the proxy's ring, 0 to 1, together 1.</summary>
    /// <exception cref="NotSupportedException">The lab does not know the ring of this kind of proxy.</exception>
    public IReadOnlyList<double> Shares(Pool pool) => (pool.Members.Count, _proxyKind) switch
    {
        (1, _) => [1],
        (_, "nginx") => NginxRing.Of(pool.Members).Shares(pool.Members),
        (_, "haproxy") => HaproxyRing.Of(pool.Members).Shares(pool.Members),
        _ => throw new NotSupportedException($"the ring of {_proxyKind}"),
    };

    private SynapseProcess? Instance(Pool pool, string? key, HttpRequestLine request) => (pool.Members.Count, key, _proxyKind) switch
    {
        (1, _, _) => pool.Members[0],
        (_, null, _) => null,
        (_, _, "nginx") => NginxRing.Of(pool.Members).Choose(key),
        (_, _, "haproxy") => HaproxyRing.Of(pool.Members).Choose(key, request.RemoteAddress),
        _ => null,
    };
}
