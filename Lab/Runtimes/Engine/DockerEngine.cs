using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Docker.DotNet;
using Docker.DotNet.Handler.Abstractions;
using Docker.DotNet.Models;
using Docker.DotNet.Unix;
using Microsoft.Extensions.Logging.Abstractions;

namespace SynapseLab.Runtimes.Engine;

/// <summary>
/// The engine through Docker.DotNet, over its unix socket. It is asked without a version in the path, so that its own version answers;
/// the lab keeps to what API 1.41 has (engine 20.10), which later engines have too.
/// </summary>
public sealed class DockerEngine : IContainerEngine
{
    private const int PauseTries = 5;

    private readonly DockerClient _client;
    private readonly HttpClient _logs;

    /// <summary>An engine behind a socket. Nothing is opened before the first call.</summary>
    public DockerEngine(EngineSocket socket)
    {
        Socket = socket;
        // HTTP_PROXY of the environment is not for a socket of this machine.
        var options = new UnixSocketTransportOptions { ConfigureHandler = handler => handler.UseProxy = false };
        // A wait for a container's end takes as long as it takes; who wants less cancels.
        _client = new DockerClientBuilder()
            .WithEndpoint(socket.Address)
            .WithTimeout(Timeout.InfiniteTimeSpan)
            .WithTransportOptions(options)
            .Build();
        var transport = DockerHandlerFactory.Instance.CreateHandler(
            options, new ResolvedClientOptions { Endpoint = socket.Address }, NullLogger.Instance);
        _logs = new HttpClient(transport.Handler) { BaseAddress = transport.EffectiveEndpoint, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The engine of this machine, see <see cref="EngineLookup"/>.</summary>
    /// <exception cref="LabException">There is one that the lab cannot take (exit code 2).</exception>
    public static DockerEngine OfThisMachine() => new(EngineLookup.OfThisProcess().Find());

    /// <inheritdoc/>
    public EngineSocket Socket { get; }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => AskAsync("GET /_ping", _client.System.PingAsync(cancellationToken));

    /// <inheritdoc/>
    public async Task<EngineInfo> InfoAsync(CancellationToken cancellationToken)
    {
        var asked = AskAsync("GET /version", _client.System.GetVersionAsync(cancellationToken));
        var info = (await AskAsync("GET /info", _client.System.GetSystemInfoAsync(cancellationToken))).Result;
        var version = (await asked).Result;
        return new EngineInfo(
            version.Version, version.APIVersion, (int)info.NCPU, info.MemTotal, info.CgroupVersion ?? "", info.DockerRootDir, info.Driver);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ContainerSummary>> ListAsync(string? label, CancellationToken cancellationToken) =>
    [
        .. from container in (await AskAsync("GET /containers/json", _client.Containers.ListContainersAsync(new() { All = true, Filters = Labelled(label) }, cancellationToken))).Result
           select new ContainerSummary(
               container.ID,
               container.Names[0].TrimStart('/'),
               container.Image,
               container.State,
               Labels(container.Labels),
               Addresses(container.NetworkSettings?.Networks).ToDictionary(place => place.Network, place => place.Address),
               [.. from port in container.Ports where port.PublicPort is not null select (int)port.PublicPort!.Value into published select published]),
    ];

    /// <inheritdoc/>
    public async Task<ContainerDetails?> InspectAsync(string container, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(
            $"GET /containers/{container}/json",
            _client.Containers.InspectContainerAsync(container, cancellationToken),
            HttpStatusCode.NotFound);
        if (answer is not { IsCompletedSuccessfully: true, Result: { State: { } state } found })
        {
            return null;
        }

        var networks = found.NetworkSettings?.Networks;
        return new ContainerDetails(
            found.ID,
            found.Name.TrimStart('/'),
            state.Status,
            (int)state.Pid,
            (int)state.ExitCode,
            state.OOMKilled,
            Time(state.StartedAt) ?? DateTimeOffset.MinValue,
            Time(state.FinishedAt),
            networks?.ToDictionary(network => network.Key, network => (IReadOnlyList<string>)[.. network.Value.Aliases ?? []]) ?? [],
            [.. from mount in found.Mounts where mount.Type == "volume" select mount.Name])
        {
            Addresses = [.. Addresses(networks)],
        };
    }

    /// <inheritdoc/>
    public Task StartAsync(string container, CancellationToken cancellationToken) =>
        AskAsync($"POST /containers/{container}/start", _client.Containers.StartContainerAsync(container, null, cancellationToken));

    /// <inheritdoc/>
    public async Task StopAsync(string container, TimeSpan grace, CancellationToken cancellationToken)
    {
        if (grace > TimeSpan.Zero)
        {
            await AskAsync(
                $"POST /containers/{container}/stop",
                _client.Containers.StopContainerAsync(container, new() { WaitBeforeKillSeconds = Seconds(grace) }, cancellationToken));
            return;
        }

        // At once: no whole second of grace is as little (see Seconds). 409: it does not run.
        await AskAsync(
            $"POST /containers/{container}/kill",
            _client.Containers.KillContainerAsync(container, new(), cancellationToken),
            HttpStatusCode.Conflict);
        await WaitAsync(container, cancellationToken);
    }

    /// <inheritdoc/>
    public Task RestartAsync(string container, TimeSpan grace, CancellationToken cancellationToken) =>
        AskAsync(
            $"POST /containers/{container}/restart",
            _client.Containers.RestartContainerAsync(container, new() { WaitBeforeKillSeconds = Seconds(grace) }, cancellationToken));

    /// <inheritdoc/>
    public Task KillAsync(string container, string signal, CancellationToken cancellationToken) =>
        AskAsync(
            $"POST /containers/{container}/kill",
            _client.Containers.KillContainerAsync(container, new() { Signal = signal }, cancellationToken));

    /// <inheritdoc/>
    public async Task PauseAsync(string container, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await AskAsync($"POST /containers/{container}/pause", _client.Containers.PauseContainerAsync(container, cancellationToken));
                return;
            }
            catch (EngineException e) when (tries < PauseTries && e.Message.Contains("unable to freeze", StringComparison.Ordinal))
            {
                // On a busy machine runc gives up before the kernel has got at all tasks, and thaws them
                // (libcontainer/cgroups/fs/freezer.go). Each try takes it as long as that takes.
            }
        }
    }

    /// <inheritdoc/>
    public Task UnpauseAsync(string container, CancellationToken cancellationToken) =>
        AskAsync($"POST /containers/{container}/unpause", _client.Containers.UnpauseContainerAsync(container, cancellationToken));

    /// <inheritdoc/>
    public Task RemoveAsync(string container, CancellationToken cancellationToken) =>
        // 409: its removal is already in progress, which is as good.
        AskAsync(
            $"DELETE /containers/{container}",
            _client.Containers.RemoveContainerAsync(container, new() { Force = true, RemoveVolumes = true }, cancellationToken),
            HttpStatusCode.NotFound,
            HttpStatusCode.Conflict);

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogLine> LogsAsync(
        string container, LogRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Docker.DotNet's own call asks for the whole container first, to know whether it has a terminal,
        // and keeps to itself what the engine says where it breaks off.
        var path = $"/containers/{Uri.EscapeDataString(container)}/logs";
        var query = $"?stdout=1&stderr=1&timestamps=1&follow={(request.Follow ? 1 : 0)}&since={UnixSeconds(request.Since)}&tail={request.Tail}";
        using var response = (await AskAsync($"GET {path}", _logs.GetAsync(path + query, HttpCompletionOption.ResponseHeadersRead, cancellationToken))).Result;
        if (!response.IsSuccessStatusCode)
        {
            throw EngineException.From(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), $"GET {path}");
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var line in LogLines.ReadAsync(stream, cancellationToken))
        {
            yield return line;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EngineEvent> EventsAsync(
        string label, DateTimeOffset? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filters = Labelled(label)!;
        filters["type"] = new Dictionary<string, bool> { ["container"] = true };
        var messages = Channel.CreateUnbounded<Message>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = ListenAsync();
        try
        {
            await foreach (var message in messages.Reader.ReadAllAsync(cancellationToken))
            {
                yield return new EngineEvent(
                    DateTimeOffset.UnixEpoch.AddTicks((message.TimeNano ?? 0) / 100), message.Action, message.Actor.ID, Labels(message.Actor.Attributes));
            }
        }
        finally
        {
            await enough.CancelAsync();
            await listening;
        }

        async Task ListenAsync()
        {
            try
            {
                var taken = new Taken<Message>(message => messages.Writer.TryWrite(message));
                await AskAsync(
                    "GET /events",
                    _client.System.MonitorEventsAsync(new() { Filters = filters, Since = UnixSeconds(since) }, taken, enough.Token));
                messages.Writer.Complete();
            }
            catch (Exception e)
            {
                // Whoever reads is told.
                messages.Writer.Complete(e);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<ContainerUsage?> UsageAsync(string container, CancellationToken cancellationToken)
    {
        ContainerStatsResponse? stats = null;
        // One-shot: without it the engine waits a second for a second sample.
        await AskAsync(
            $"GET /containers/{container}/stats",
            _client.Containers.GetContainerStatsAsync(
                container,
                new() { Stream = false, OneShot = true },
                new Taken<ContainerStatsResponse>(taken => stats = taken),
                cancellationToken),
            HttpStatusCode.NotFound);
        if (stats is not { MemoryStats: { Usage: { } usage } memory, CPUStats: { } cpu })
        {
            return null;
        }

        // Dropped caches come back: cgroup v2 calls them inactive_file, v1 total_inactive_file (as `docker stats` does).
        var caches = memory.Stats ?? new Dictionary<string, ulong>();
        var inactive = caches.TryGetValue("total_inactive_file", out var v1) ? v1 : caches.TryGetValue("inactive_file", out var v2) ? v2 : 0;
        return new ContainerUsage((long)cpu.CPUUsage.TotalUsage, (long)usage - (long)inactive, stats.Read);
    }

    /// <inheritdoc/>
    public async Task<ExecResult> ExecAsync(
        string container, IReadOnlyList<string> command, string? input, CancellationToken cancellationToken)
    {
        var request = new ContainerExecCreateParameters { AttachStdin = input is not null, AttachStdout = true, AttachStderr = true, Cmd = [.. command] };
        var id = (await AskAsync($"POST /containers/{container}/exec", _client.Exec.CreateContainerExecAsync(container, request, cancellationToken))).Result.ID;
        using var stream = (await AskAsync($"POST /exec/{id}/start", _client.Exec.StartContainerExecAsync(id, new(), cancellationToken))).Result;
        var writing = WriteAsync(stream, input, cancellationToken);
        var (output, error) = await stream.ReadOutputToEndAsync(cancellationToken);
        await writing;
        var state = (await AskAsync($"GET /exec/{id}/json", _client.Exec.InspectContainerExecAsync(id, cancellationToken))).Result;
        return new ExecResult((int)(state.ExitCode ?? 0), output, error);
    }

    /// <inheritdoc/>
    public Task ConnectNetworkAsync(string network, string container, IReadOnlyList<string> aliases, CancellationToken cancellationToken) =>
        AskAsync(
            $"POST /networks/{network}/connect",
            _client.Networks.ConnectNetworkAsync(network, new() { Container = container, EndpointConfig = new() { Aliases = [.. aliases] } }, cancellationToken));

    /// <inheritdoc/>
    public Task DisconnectNetworkAsync(string network, string container, CancellationToken cancellationToken) =>
        AskAsync(
            $"POST /networks/{network}/disconnect",
            _client.Networks.DisconnectNetworkAsync(network, new() { Container = container, Force = true }, cancellationToken));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LabelledName>> ListNetworksAsync(string? label, CancellationToken cancellationToken) =>
    [
        .. from network in (await AskAsync("GET /networks", _client.Networks.ListNetworksAsync(new() { Filters = Labelled(label) }, cancellationToken))).Result
           select new LabelledName(network.Name, Labels(network.Labels)),
    ];

    /// <inheritdoc/>
    public Task RemoveNetworkAsync(string network, CancellationToken cancellationToken) =>
        AskAsync($"DELETE /networks/{network}", _client.Networks.DeleteNetworkAsync(network, cancellationToken), HttpStatusCode.NotFound);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LabelledName>> ListVolumesAsync(string? label, CancellationToken cancellationToken) =>
    [
        // "Volumes" is null where there are none.
        .. from volume in (await AskAsync("GET /volumes", _client.Volumes.ListAsync(new VolumesListParameters { Filters = Labelled(label) }, cancellationToken))).Result.Volumes ?? []
           select new LabelledName(volume.Name, Labels(volume.Labels)),
    ];

    /// <inheritdoc/>
    public Task RemoveVolumeAsync(string volume, CancellationToken cancellationToken) =>
        AskAsync($"DELETE /volumes/{volume}", _client.Volumes.RemoveAsync(volume, force: true, cancellationToken), HttpStatusCode.NotFound);

    /// <inheritdoc/>
    public async Task<ImageDetails?> ImageAsync(string reference, CancellationToken cancellationToken) =>
        await AskAsync($"GET /images/{reference}/json", _client.Images.InspectImageAsync(reference, cancellationToken), HttpStatusCode.NotFound) is { IsCompletedSuccessfully: true, Result: { } image }
            ? new ImageDetails(
                image.ID,
                Labels(image.Config?.Labels),
                image.Created ?? DateTimeOffset.MinValue,
                image.Size,
                [.. image.Config?.Entrypoint ?? []],
                [.. image.Config?.Cmd ?? []])
            : null;

    /// <inheritdoc/>
    public Task CommitAsync(string container, string reference, ImageDetails like, IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        var colon = reference.LastIndexOf(':');
        var parameters = new CommitContainerChangesParameters
        {
            ContainerID = container,
            RepositoryName = reference[..colon],
            Tag = reference[(colon + 1)..],
            Entrypoint = [.. like.Entrypoint],
            Cmd = [.. like.Command],
            Labels = labels.ToDictionary(),
        };
        return AskAsync("POST /commit", _client.Images.CommitContainerChangesAsync(parameters, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<int> WaitAsync(string container, CancellationToken cancellationToken) =>
        (int)(await AskAsync($"POST /containers/{container}/wait", _client.Containers.WaitContainerAsync(container, cancellationToken))).Result.StatusCode;

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _logs.Dispose();
    }

    /// <summary>Waits for an answer, and says in the lab's words what is wrong.</summary>
    /// <param name="request">Method and path.</param>
    /// <param name="answer">The request under way.</param>
    /// <param name="done">Refusals that are as good as done.</param>
    /// <returns>The answer, which has come or is one of these refusals.</returns>
    private async Task<T> AskAsync<T>(string request, T answer, params IReadOnlyList<HttpStatusCode> done)
        where T : Task
    {
        try
        {
            await answer;
        }
        catch (DockerApiException e)
        {
            if (!done.Contains(e.StatusCode))
            {
                throw EngineException.From(e.StatusCode, e.ResponseBody ?? "", request);
            }
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException unreached)
        {
            throw Socket.Unreached(unreached);
        }
        catch (HttpRequestException e) when (e.InnerException is InvalidOperationException)
        {
            // Docker.DotNet looks for the first line of an answer of none.
            throw new HttpRequestException("the container engine ended the connection without an answer");
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "path")
        {
            throw LabException.WrongUse(
                "the path of the container engine's socket is longer than 91 bytes",
                $"{Socket.Host} ({Socket.Reason})",
                "Make a link to it whose path is shorter, and set DOCKER_HOST to that");
        }

        return answer;
    }

    private static async Task WriteAsync(MultiplexedStream stream, string? input, CancellationToken cancellationToken)
    {
        if (input is null)
        {
            return;
        }

        try
        {
            var bytes = Encoding.UTF8.GetBytes(input);
            await stream.WriteAsync(bytes, 0, bytes.Length, cancellationToken);
            stream.CloseWrite();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The command ended without reading its input; its exit code says whether that is wrong.
        }
    }

    private static IEnumerable<NetworkAddress> Addresses(IDictionary<string, EndpointSettings>? networks) =>
        // "IPAddress" is "" where the container does not run.
        from network in networks ?? new Dictionary<string, EndpointSettings>()
        where IPAddress.TryParse(network.Value.IPAddress, out _)
        select new NetworkAddress(network.Key, network.Value.NetworkID, IPAddress.Parse(network.Value.IPAddress));

    // Null or missing where there are none.
    private static Dictionary<string, string> Labels(IDictionary<string, string>? labels) => labels is null ? [] : new(labels);

    private static Dictionary<string, IDictionary<string, bool>>? Labelled(string? label) =>
        label is null ? null : new() { ["label"] = new Dictionary<string, bool> { [label] = true } };

    // Docker.DotNet leaves a zero out, and the engine takes its own ten seconds then.
    private static uint Seconds(TimeSpan time) => Math.Max(1, (uint)Math.Ceiling(time.TotalSeconds));

    // The engine takes seconds with a fraction: 1700000000.123456700
    private static string? UnixSeconds(DateTimeOffset? time) => time is { } at
        ? ((at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / 10_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture)
        : null;

    // The engine's "never" is 0001-01-01T00:00:00Z.
    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > 1
            ? time
            : null;

    // Progress<T> would hand over later, and in any order.
    private sealed class Taken<T>(Action<T> take) : IProgress<T>
    {
        public void Report(T value) => take(value);
    }
}
