using System.Net;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>The checks that have to hold for a lab to be healthy, one for each container that is no Synapse and one for each Synapse process.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="operators">Asks the processes.</param>
/// <param name="engine">Tells what is known only inside the lab.</param>
public sealed class Readiness(Deployment deployment, OperatorClient operators, IContainerEngine engine)
{
    private readonly HashSet<string> _subscribed = [];
    private readonly Lock _gate = new();

    /// <summary>All checks, named by container or process id, in the order of the deployment.</summary>
    /// <param name="containerOf">The engine's name for a container of the deployment, as soon as it has been started.</param>
    public IReadOnlyList<Check> All(Func<ContainerSpec, CancellationToken, Task<string>> containerOf)
    {
        var checks = new List<Check>();
        foreach (var container in deployment.Containers)
        {
            switch (container.Kind)
            {
                case ContainerKind.Postgres:
                    checks.Add(Postgres(container.Name));
                    break;
                case ContainerKind.Redis:
                    checks.Add(Redis(container.Name, token => containerOf(container, token)));
                    break;
                case ContainerKind.Proxy:
                    checks.Add(new Check(container.Name, ProxyAsync));
                    break;
            }
        }

        return [.. checks, .. deployment.Processes.Select(Process)];
    }

    /// <summary>The check for one process: it answers, it is subscribed to Redis, and so is main, so that each reaches the other
    /// (see <see cref="ReplicationEvidence"/> for why that is taken for "main sees it").
    /// A homeserver without workers has no Redis: there, answering is enough.</summary>
    public Check Process(SynapseProcess process)
    {
        var homeserver = deployment.Homeservers.Single(one => one.Key == process.HomeserverKey);
        return new Check(process.Id, token => ProcessAsync(homeserver, process, token));
    }

    private async Task<Look> ProcessAsync(Homeserver homeserver, SynapseProcess process, CancellationToken cancellationToken)
    {
        // Forgotten before it is asked: whoever looks at the same time may not take a process for subscribed that ended since.
        lock (_gate)
        {
            _subscribed.Remove(process.Id);
        }

        var status = await operators.HealthAsync(process.Id, cancellationToken);
        if (status != HttpStatusCode.OK)
        {
            return Look.No($"/health gives HTTP {(int)status}");
        }

        if (process.IsMain)
        {
            var client = deployment.Endpoints.Single(endpoint => endpoint.Name == "client" && endpoint.HomeserverKey == homeserver.Key).Uri;
            var reached = await operators.ClientHealthAsync(client, cancellationToken);
            if (reached != HttpStatusCode.OK)
            {
                return Look.No($"answers, but clients get HTTP {(int)reached} from the proxy");
            }
        }

        if (homeserver.Processes.Count == 1)
        {
            return Look.Yes("answers");
        }

        var metrics = await operators.MetricsAsync(process.Id, cancellationToken);
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
            return ReplicationEvidence.Subscribed(await operators.MetricsAsync(homeserver.Main.Id, cancellationToken));
        }
        catch (HttpRequestException e)
        {
            return Look.No(e.StatusCode is { } status ? $"HTTP {(int)status}" : e.Message);
        }
    }

    private Check Postgres(string name)
    {
        var uri = deployment.Endpoints.Single(endpoint => endpoint.Name == "sql").Uri;
        var database = deployment.Homeservers[0].Database;
        return new Check(name, token => PostgresGreeting.LookAsync(uri.Host, uri.Port, database, token));
    }

    // Redis is reachable from inside only. Its log says when it serves, and following the log needs no polling. The log holds earlier runs
    // too, so only what came after the last end counts; not what came after StartedAt, which the engine notes after the process has begun to write.
    private Check Redis(string name, Func<CancellationToken, Task<string>> container) => new(name, async token =>
    {
        var id = await container(token);
        var details = await engine.InspectAsync(id, token);
        if (details is not { State: "running" })
        {
            return Look.No(details?.State ?? "removed");
        }

        await foreach (var line in engine.LogsAsync(id, new LogRequest(Follow: true, Since: details.FinishedAt), token))
        {
            if (line.Text.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                return Look.Yes("accepts connections");
            }
        }

        return Look.No("ended");
    });

    // Any reply will do: what is behind it has checks of its own.
    private async Task<Look> ProxyAsync(CancellationToken cancellationToken) =>
        Look.Yes($"HTTP {(int)await operators.HealthAsync(deployment.Homeservers[0].Main.Id, cancellationToken)}");
}
