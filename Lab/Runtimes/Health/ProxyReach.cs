using System.Net;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Routing;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>
/// Whether the proxy has found a process that nobody stands in for. It looks names up by itself (see the renderers' resolvers),
/// so for a second or more after the process answers, its requests are still answered 502 or 503 by the proxy. Where a pool has others,
/// they take the requests until then.
/// </summary>
/// <param name="deployment">The lab.</param>
/// <param name="parts">Asks.</param>
internal sealed class ProxyReach(Deployment deployment, PartClient parts)
{
    private readonly RouteMap _map = deployment.BuildRoutes();

    /// <summary>The check for a process; null where others serve all that it serves, or nothing is sent to it.</summary>
    public Condition? Of(SynapseProcess process)
    {
        var routes = _map.Homeservers.Single(one => one.Homeserver.Key == process.HomeserverKey);
        if (process.IsMain)
        {
            return Check("GET", "/health");
        }

        var alone = _map.Routes
            .Where(route => route.Resource != "federation" && routes.PoolOf(route).Members is [var only] && only == process)
            .SelectMany(route => route.Entries)
            .Where(entry => entry.When is null && !routes.Lacks(entry))
            .MinBy(entry => entry.EachMethod[0] == "GET" ? 0 : 1);
        return alone is null ? null : Check(alone.EachMethod[0], alone.Path.Samples().First());

        // Without a token, so that it does nothing; whoever answers is named by the proxy.
        Condition Check(string method, string path) => new(
            $"the proxy has found {process.Id}",
            async token =>
            {
                var (status, worker) = await parts.ThroughProxyAsync(routes.Homeserver, new HttpMethod(method), path, token);
                return new Observation(
                    worker == process.Id
                        && status is not (HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout),
                    $"{method} {path} is answered {(int)status} by {(worker.Length == 0 ? "the proxy" : worker)}");
            });
    }
}
