using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Proxies;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Synapse;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>
/// Asks each part of a lab for itself, through no other part.
/// A Synapse process is asked at its container's own address where this machine has the lab's network (an engine of this machine,
/// which is not rootless), or at its Unix socket in the lab's folder; else by <c>curl</c> inside the container,
/// which costs the machine some fifty times as much, and also reaches what is cut off. Redis is asked by its own client inside its
/// container, Postgres and the proxy at their published ports.
/// </summary>
/// <param name="deployment">The lab.</param>
/// <param name="folder">Its folder.</param>
/// <param name="engine">Knows addresses, and runs commands in containers.</param>
/// <param name="containerOf">The engine's name for a container of the deployment, as soon as it has been started.</param>
public sealed class PartClient(Deployment deployment, LabFolder folder, IContainerEngine engine, Func<ContainerSpec, CancellationToken, Task<string>> containerOf) : IDisposable
{
    // sockaddr_un: 108 bytes with the zero at the end.
    private const int LongestSocketPath = 107;

    // Who listens on a network of this machine is connected at once, frozen or not: the kernel does it.
    // Nobody answers for an address that is in use no more.
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(1);

    // Longer than a busy reactor or a database takes, shorter than anybody wants to wait for one look.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, IPAddress> _addresses = [];
    private readonly HttpClient _http = new(
        new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30), ConnectCallback = ConnectAsync })
    {
        Timeout = AnswerLimit,
    };

    private static readonly HttpRequestOptionsKey<string> SocketPath = new("lab.socket");

    /// <summary>Whether a process answers on <c>/health</c>, which it does once it listens (synapse/rest/health.py).</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<Observation> AnswersAsync(SynapseProcess process, CancellationToken cancellationToken)
    {
        var (status, _) = await AskAsync(process, "/health", process.HttpPort, process.HttpSocket, cancellationToken);
        return status == HttpStatusCode.OK ? Observation.Yes("answers") : Observation.No($"/health gives HTTP {(int)status}");
    }

    /// <summary>Metrics of a process now.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<MetricsSnapshot> MetricsAsync(SynapseProcess process, CancellationToken cancellationToken) =>
        MetricsSnapshot.Parse(await MetricsTextAsync(process, cancellationToken));

    /// <summary>The same as the process says it, in Prometheus's text format.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<string> MetricsTextAsync(SynapseProcess process, CancellationToken cancellationToken)
    {
        var (status, text) = await AskAsync(process, "/_synapse/metrics", process.MetricsPort, null, cancellationToken);
        return status == HttpStatusCode.OK ? text : throw new HttpRequestException($"its metrics give HTTP {(int)status}", null, status);
    }

    /// <summary>Whether Postgres takes a query: <c>SELECT 1</c> at its published port, where the server that an image runs during its
    /// set-up does not listen.</summary>
    /// <exception cref="NpgsqlException">It does not answer, or refuses.</exception>
    public async Task<Observation> PostgresAsync(CancellationToken cancellationToken)
    {
        var settings = new LabDatabase(deployment, folder).Connection(deployment.Homeservers[0].Database);
        // A connection of its own, so that a new server is asked and not the pool's memory of the old one.
        settings.Pooling = false;
        settings.Timeout = settings.CommandTimeout = (int)AnswerLimit.TotalSeconds;
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
            return Observation.Yes("takes queries");
        }
        catch (PostgresException e)
        {
            // 57P03: the database system is starting up
            return Observation.No(e.MessageText);
        }
    }

    /// <summary>Whether Redis answers PING, and from which addresses somebody is subscribed.</summary>
    public async Task<RedisSeen> RedisAsync(ContainerSpec container, CancellationToken cancellationToken)
    {
        var result = await TellRedisAsync(container, "PING\nCLIENT LIST TYPE pubsub\n", cancellationToken);
        return result.Output.StartsWith("PONG", StringComparison.Ordinal)
            ? new RedisSeen(Observation.Yes("answers PING"), RedisSeen.SubscribersIn(result.Output))
            : new RedisSeen(Observation.No(Refusal(result)), []);
    }

    /// <summary>Empties Redis: Synapse's shared caches and locks are in it.</summary>
    /// <exception cref="LabException">It does not do so (exit code 1).</exception>
    public async Task EmptyRedisAsync(ContainerSpec container, CancellationToken cancellationToken)
    {
        var result = await TellRedisAsync(container, "FLUSHALL\n", cancellationToken);
        if (result.Output.Trim() != "OK")
        {
            throw LabException.Failed(
                $"{container.Name} can't be emptied: {Refusal(result)}",
                fix: $"See {ToType.On(deployment.LabName, "status")}");
        }
    }

    /// <summary>Whether the proxy itself answers, whoever is behind it.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<Observation> ProxyAsync(CancellationToken cancellationToken)
    {
        var uri = deployment.Endpoints.Single(endpoint => endpoint.Name == "operator").Uri;
        using var response = await _http.GetAsync(new Uri(uri, "/health"), cancellationToken);
        return response.StatusCode == HttpStatusCode.OK ? Observation.Yes("answers") : Observation.No($"HTTP {(int)response.StatusCode}");
    }

    /// <summary>Whether main answers to clients, through the proxy: it finds processes by name by itself,
    /// up to a second after they are there.</summary>
    /// <exception cref="HttpRequestException">The proxy does not answer.</exception>
    public async Task<Observation> ReachedAsync(Homeserver homeserver, CancellationToken cancellationToken)
    {
        var (status, _) = await ThroughProxyAsync(homeserver, HttpMethod.Get, "/health", cancellationToken);
        return status == HttpStatusCode.OK
            ? Observation.Yes("clients reach main")
            : Observation.No($"clients get HTTP {(int)status} from the proxy");
    }

    /// <summary>What a client's request is answered, and by whom: by main's id or a worker's;
    /// empty where the proxy answers by itself.</summary>
    /// <exception cref="HttpRequestException">The proxy does not answer.</exception>
    public async Task<(HttpStatusCode Status, string Worker)> ThroughProxyAsync(
        Homeserver homeserver, HttpMethod method, string path, CancellationToken cancellationToken)
    {
        var uri = deployment.Endpoints.Single(endpoint => endpoint.Name == "client" && endpoint.HomeserverKey == homeserver.Key).Uri;
        using var request = new HttpRequestMessage(method, new Uri(uri, path));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (response.StatusCode, response.Headers.TryGetValues(ProxyHeaders.Worker, out var workers) ? workers.First() : "");
    }

    /// <summary>Takes a container's addresses from who has just asked the engine, in place of asking it again.</summary>
    /// <param name="container">Its name in the deployment.</param>
    /// <param name="addresses">Those it has now.</param>
    public void Found(string container, IEnumerable<NetworkAddress> addresses)
    {
        if (OnThisMachine(addresses) is { } address)
        {
            _addresses[container] = address;
        }
        else
        {
            _addresses.TryRemove(container, out _);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<ExecResult> TellRedisAsync(ContainerSpec container, string commands, CancellationToken cancellationToken)
    {
        // In the environment, since arguments can be read by every process.
        var client = $"REDISCLI_AUTH=$(cat {SynapsePaths.RedisPassword}) exec timeout 2 redis-cli"
            + (deployment.Topology.Sockets == Topologies.Sockets.Unix ? $" -s {SynapsePaths.RedisSocket}" : "");
        return await engine.ExecAsync(await containerOf(container, cancellationToken), ["sh", "-c", client], commands, cancellationToken);
    }

    private static string Refusal(ExecResult result) => result.ExitCode == 124
        ? "no answer within 2 s"
        : $"{result.Error}\n{result.Output}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? $"exit code {result.ExitCode}";

    private async Task<(HttpStatusCode Status, string Text)> AskAsync(
        SynapseProcess process, string path, int port, string? socket, CancellationToken cancellationToken)
    {
        if (socket is not null && HostPath(socket) is { } hostPath)
        {
            return await GetAsync(new Uri($"http://{process.Host}.socket{path}"), hostPath, cancellationToken);
        }

        var container = deployment.Containers.Single(one => one.Name == process.Container);
        if (socket is null && _addresses.TryGetValue(container.Name, out var known))
        {
            try
            {
                return await GetAsync(Url(known, port, path), null, cancellationToken);
            }
            catch (HttpRequestException)
            {
                // Started again it may have another, which is found below.
            }
        }

        if (await FindAddressAsync(container, cancellationToken) is { } address && socket is null)
        {
            return await GetAsync(Url(address, port, path), null, cancellationToken);
        }

        return await AskInsideAsync(await containerOf(container, cancellationToken), port, socket, path, cancellationToken);
    }

    // Null: off the network for now, or on one that can't be reached from here. It is looked up again next time,
    // which costs little beside asking inside.
    private async Task<IPAddress?> FindAddressAsync(ContainerSpec container, CancellationToken cancellationToken)
    {
        var details = await engine.InspectAsync(await containerOf(container, cancellationToken), cancellationToken);
        if (details is not { State: "running" })
        {
            throw new HttpRequestException(details is null ? "its container is gone" : $"its container is {details.State}");
        }

        Found(container.Name, details.Addresses);
        return OnThisMachine(details.Addresses);
    }

    // Docker calls the bridge of a network br- and the first 12 digits of its identifier (libnetwork, drivers/bridge).
    // Where this machine has that interface it routes to the network; an engine in a virtual machine,
    // elsewhere or in a namespace of its own has it out of sight.
    private static IPAddress? OnThisMachine(IEnumerable<NetworkAddress> addresses) =>
        addresses.FirstOrDefault(one => one.NetworkId.Length >= 12 && Directory.Exists($"/sys/class/net/br-{one.NetworkId[..12]}"))?.Address;

    private static Uri Url(IPAddress address, int port, string path) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://{address}:{port}{path}"));

    // /run/synapse/hs1/client/main.sock lies in sockets/hs1/client of the lab's folder.
    private string? HostPath(string socket)
    {
        var path = folder.File(socket.Replace(LabPaths.Sockets, "sockets", StringComparison.Ordinal));
        return path.Length <= LongestSocketPath ? path : null;
    }

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(Uri uri, string? socket, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        if (socket is not null)
        {
            request.Options.Set(SocketPath, socket);
        }

        using var response = await _http.SendAsync(request, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    private async Task<(HttpStatusCode Status, string Text)> AskInsideAsync(
        string container, int port, string? socket, string path, CancellationToken cancellationToken)
    {
        string[] where = socket is not null
            ? ["--unix-socket", socket, $"http://localhost{path}"]
            : [string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}")];
        var result = await engine.ExecAsync(
            container,
            ["curl", "--silent", "--show-error", "--max-time", "2", "--write-out", "\n%{http_code}", .. where],
            null,
            cancellationToken);
        var end = result.Output.LastIndexOf('\n');
        return result.ExitCode == 0
            && int.TryParse(result.Output.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? ((HttpStatusCode)status, result.Output[..end])
            // curl: (7) Failed to connect to 127.0.0.1 port 8101
            : throw new HttpRequestException(result.ExitCode == 28 ? "no answer within 2 s" : Refusal(result));
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var path = context.InitialRequestMessage.Options.TryGetValue(SocketPath, out var found) ? found : null;
        var socket = path is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectLimit);
        try
        {
            await socket.ConnectAsync(path is null ? context.DnsEndPoint : new UnixDomainSocketEndPoint(path), limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.HostUnreachable);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
