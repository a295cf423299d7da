using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SynapseLab.Runtimes.Engine;

/// <summary>
/// The engine's HTTP interface over its unix socket (Docker Engine API; the lab keeps to what 1.41, engine 20.10, has, and asks
/// without a version prefix, so that the engine's own version answers).
/// </summary>
public sealed class SocketEngine : IContainerEngine
{
    private const int PauseTries = 5;

    private readonly HttpClient _http;

    /// <summary>An engine behind a socket. Nothing is opened before the first call.</summary>
    public SocketEngine(EngineSocket socket)
    {
        Socket = socket;
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => new NetworkStream(await socket.ConnectAsync(cancellationToken), ownsSocket: true),
            UseProxy = false,
        })
        {
            BaseAddress = new Uri("http://engine"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The engine of this machine, see <see cref="EngineLookup"/>.</summary>
    /// <exception cref="LabException">There is one that the lab cannot take (exit code 2).</exception>
    public static SocketEngine OfThisMachine() => new(EngineLookup.OfThisProcess().Find());

    /// <inheritdoc/>
    public EngineSocket Socket { get; }

    /// <inheritdoc/>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, "/_ping"), [], cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<EngineInfo> InfoAsync(CancellationToken cancellationToken)
    {
        var version = GetJsonAsync("/version", cancellationToken);
        using var info = await GetJsonAsync("/info", cancellationToken);
        using var versions = await version;
        var root = info!.RootElement;
        return new EngineInfo(
            versions!.RootElement.Text("Version"),
            versions.RootElement.Text("ApiVersion"),
            root.GetProperty("NCPU").GetInt32(),
            root.GetProperty("MemTotal").GetInt64(),
            root.Text("CgroupVersion"),
            root.Text("DockerRootDir"),
            root.Text("Driver"));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ContainerSummary>> ListAsync(string? label, CancellationToken cancellationToken)
    {
        using var list = await GetJsonAsync($"/containers/json?all=1{(label is null ? "" : $"&filters={Filter("label", label)}")}", cancellationToken);
        return [.. list!.RootElement.EnumerateArray().Select(ToSummary)];
    }

    /// <inheritdoc/>
    public async Task<ContainerDetails?> InspectAsync(string container, CancellationToken cancellationToken)
    {
        using var json = await GetJsonAsync($"/containers/{Escape(container)}/json", cancellationToken, orNull: true);
        if (json is null)
        {
            return null;
        }

        var root = json.RootElement;
        var state = root.GetProperty("State");
        var finished = Time(state.Text("FinishedAt"));
        return new ContainerDetails(
            root.Text("Id"),
            root.Text("Name").TrimStart('/'),
            state.Text("Status"),
            state.GetProperty("Pid").GetInt32(),
            state.GetProperty("ExitCode").GetInt32(),
            state.GetProperty("OOMKilled").GetBoolean(),
            Time(state.Text("StartedAt")) ?? DateTimeOffset.MinValue,
            finished,
            root.GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject().ToDictionary(
                network => network.Name,
                network => Words(network.Value, "Aliases")),
            // "Mounts": [{"Type": "volume", "Name": "0c1d...", "Destination": "/data", ...}, {"Type": "bind", "Source": "/home/...", ...}]
            [.. root.GetProperty("Mounts").EnumerateArray().Where(mount => mount.Text("Type") == "volume").Select(mount => mount.Text("Name"))])
        {
            // "Networks": {"synapse-lab-x": {"NetworkID": "f0249ff3...", "IPAddress": "172.23.0.8", ...}}; an address of "" where it does not run.
            Addresses =
            [
                .. root.GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject()
                    .Where(network => IPAddress.TryParse(network.Value.Text("IPAddress"), out _))
                    .Select(network => new NetworkAddress(network.Name, network.Value.Text("NetworkID"), IPAddress.Parse(network.Value.Text("IPAddress")))),
            ],
        };
    }

    /// <inheritdoc/>
    public Task StartAsync(string container, CancellationToken cancellationToken) =>
        PostAsync($"/containers/{Escape(container)}/start", null, cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(string container, TimeSpan grace, CancellationToken cancellationToken) =>
        PostAsync($"/containers/{Escape(container)}/stop?t={Seconds(grace)}", null, cancellationToken);

    /// <inheritdoc/>
    public Task RestartAsync(string container, TimeSpan grace, CancellationToken cancellationToken) =>
        PostAsync($"/containers/{Escape(container)}/restart?t={Seconds(grace)}", null, cancellationToken);

    /// <inheritdoc/>
    public Task KillAsync(string container, string signal, CancellationToken cancellationToken) =>
        PostAsync($"/containers/{Escape(container)}/kill?signal={Escape(signal)}", null, cancellationToken);

    /// <inheritdoc/>
    public async Task PauseAsync(string container, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await PostAsync($"/containers/{Escape(container)}/pause", null, cancellationToken);
                return;
            }
            catch (EngineException e) when (tries < PauseTries && e.Message.Contains("unable to freeze", StringComparison.Ordinal))
            {
                // On a busy machine runc gives up before the kernel has got at all tasks, and thaws them (libcontainer/cgroups/fs/freezer.go). Each try takes it as
                // long as that takes.
            }
        }
    }

    /// <inheritdoc/>
    public Task UnpauseAsync(string container, CancellationToken cancellationToken) =>
        PostAsync($"/containers/{Escape(container)}/unpause", null, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveAsync(string container, CancellationToken cancellationToken) =>
        // 409: its removal is already in progress, which is as good.
        DeleteAsync($"/containers/{Escape(container)}?force=1&v=1", [HttpStatusCode.NotFound, HttpStatusCode.Conflict], cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogLine> LogsAsync(string container, LogRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var since = request.Since is { } time ? $"&since={UnixSeconds(time)}" : "";
        var tail = request.Tail is { } lines ? string.Create(CultureInfo.InvariantCulture, $"&tail={lines}") : "";
        var path = $"/containers/{Escape(container)}/logs?stdout=1&stderr=1&timestamps=1&follow={(request.Follow ? 1 : 0)}{since}{tail}";
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), [], cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var line in MultiplexedStream.LinesAsync(stream, cancellationToken))
        {
            yield return line;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EngineEvent> EventsAsync(string label, DateTimeOffset? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filters = Uri.EscapeDataString($$"""{"label":["{{label}}"],"type":["container"]}""");
        var from = since is { } time ? $"&since={UnixSeconds(time)}" : "";
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/events?filters={filters}{from}"), [], cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        // One JSON object a line: {"Action":"die","Actor":{"ID":"4f..","Attributes":{"exitCode":"1",...}},"timeNano":1700000000000000000,...}
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var actor = json.RootElement.GetProperty("Actor");
            yield return new EngineEvent(
                DateTimeOffset.UnixEpoch.AddTicks(json.RootElement.GetProperty("timeNano").GetInt64() / 100),
                json.RootElement.Text("Action"),
                actor.Text("ID"),
                actor.GetProperty("Attributes").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString() ?? ""));
        }
    }

    /// <inheritdoc/>
    public async Task<ContainerUsage?> UsageAsync(string container, CancellationToken cancellationToken)
    {
        // one-shot: without it the engine waits a second for a second sample.
        using var json = await GetJsonAsync($"/containers/{Escape(container)}/stats?stream=false&one-shot=true", cancellationToken, orNull: true);
        if (json is null || !json.RootElement.TryGetProperty("memory_stats", out var memory) || !memory.TryGetProperty("usage", out var usage))
        {
            return null;
        }

        // Dropped caches come back: cgroup v2 calls them inactive_file, v1 total_inactive_file (as `docker stats` does).
        var inactive = memory.TryGetProperty("stats", out var stats)
            ? (stats.TryGetProperty("total_inactive_file", out var v1) ? v1.GetInt64() : stats.TryGetProperty("inactive_file", out var v2) ? v2.GetInt64() : 0)
            : 0;
        return new ContainerUsage(
            json.RootElement.GetProperty("cpu_stats").GetProperty("cpu_usage").GetProperty("total_usage").GetInt64(),
            usage.GetInt64() - inactive,
            json.RootElement.GetProperty("read").GetDateTimeOffset());
    }

    /// <inheritdoc/>
    public async Task<ExecResult> ExecAsync(string container, IReadOnlyList<string> command, string? input, CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["AttachStdin"] = input is not null,
            ["AttachStdout"] = true,
            ["AttachStderr"] = true,
            ["Cmd"] = Words(command),
        };
        string id;
        using (var created = await PostJsonAsync($"/containers/{Escape(container)}/exec", request, cancellationToken))
        {
            id = created.RootElement.Text("Id");
        }

        var (output, error) = await ExecStream.RunAsync(Socket, id, input, cancellationToken);
        using var state = await GetJsonAsync($"/exec/{id}/json", cancellationToken);
        return new ExecResult(state!.RootElement.GetProperty("ExitCode").GetInt32(), output, error);
    }

    /// <inheritdoc/>
    public Task ConnectNetworkAsync(string network, string container, IReadOnlyList<string> aliases, CancellationToken cancellationToken) =>
        PostAsync(
            $"/networks/{Escape(network)}/connect",
            new JsonObject
            {
                ["Container"] = container,
                ["EndpointConfig"] = new JsonObject { ["Aliases"] = Words(aliases) },
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task DisconnectNetworkAsync(string network, string container, CancellationToken cancellationToken) =>
        PostAsync($"/networks/{Escape(network)}/disconnect", new JsonObject { ["Container"] = container, ["Force"] = true }, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LabelledName>> ListNetworksAsync(string? label, CancellationToken cancellationToken)
    {
        using var list = await GetJsonAsync(label is null ? "/networks" : $"/networks?filters={Filter("label", label)}", cancellationToken);
        return [.. list!.RootElement.EnumerateArray().Select(ToLabelledName)];
    }

    /// <inheritdoc/>
    public Task RemoveNetworkAsync(string network, CancellationToken cancellationToken) =>
        DeleteAsync($"/networks/{Escape(network)}", [HttpStatusCode.NotFound], cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LabelledName>> ListVolumesAsync(string? label, CancellationToken cancellationToken)
    {
        using var list = await GetJsonAsync(label is null ? "/volumes" : $"/volumes?filters={Filter("label", label)}", cancellationToken);
        // "Volumes" is null where there are none.
        return list!.RootElement.GetProperty("Volumes") is { ValueKind: JsonValueKind.Array } volumes
            ? [.. volumes.EnumerateArray().Select(ToLabelledName)]
            : [];
    }

    /// <inheritdoc/>
    public Task RemoveVolumeAsync(string volume, CancellationToken cancellationToken) =>
        DeleteAsync($"/volumes/{Escape(volume)}?force=1", [HttpStatusCode.NotFound], cancellationToken);

    /// <inheritdoc/>
    public async Task<ImageDetails?> ImageAsync(string reference, CancellationToken cancellationToken)
    {
        // Slashes of the reference stay as they are: the engine's route takes the rest of the path.
        using var json = await GetJsonAsync($"/images/{reference}/json", cancellationToken, orNull: true);
        if (json is null)
        {
            return null;
        }

        var root = json.RootElement;
        return new ImageDetails(
            root.Text("Id"),
            Labels(root.GetProperty("Config")),
            Time(root.Text("Created")) ?? DateTimeOffset.MinValue,
            root.GetProperty("Size").GetInt64(),
            Words(root.GetProperty("Config"), "Entrypoint"),
            Words(root.GetProperty("Config"), "Cmd"));
    }

    /// <inheritdoc/>
    public Task CommitAsync(string container, string reference, ImageDetails like, IReadOnlyDictionary<string, string> labels, CancellationToken cancellationToken)
    {
        var colon = reference.LastIndexOf(':');
        var body = new JsonObject
        {
            ["Entrypoint"] = Words(like.Entrypoint),
            ["Cmd"] = Words(like.Command),
            ["Labels"] = new JsonObject([.. labels.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]),
        };
        return PostAsync($"/commit?container={Escape(container)}&repo={Escape(reference[..colon])}&tag={Escape(reference[(colon + 1)..])}", body, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> WaitAsync(string container, CancellationToken cancellationToken)
    {
        using var json = await PostJsonAsync($"/containers/{Escape(container)}/wait", null, cancellationToken);
        return json.RootElement.GetProperty("StatusCode").GetInt32();
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static ContainerSummary ToSummary(JsonElement container)
    {
        var addresses = new Dictionary<string, IPAddress>();
        foreach (var network in container.GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject())
        {
            if (IPAddress.TryParse(network.Value.Text("IPAddress"), out var address))
            {
                addresses[network.Name] = address;
            }
        }

        var ports = container.GetProperty("Ports").EnumerateArray()
            .Where(port => port.TryGetProperty("PublicPort", out _))
            .Select(port => port.GetProperty("PublicPort").GetInt32())
            .Distinct();
        return new ContainerSummary(
            container.Text("Id"),
            container.GetProperty("Names")[0].GetString()!.TrimStart('/'),
            container.Text("Image"),
            container.Text("State"),
            Labels(container),
            addresses,
            [.. ports]);
    }

    // {"Name": "synapse-lab-x", "Labels": {"synapse-lab.name": "x"}, ...}; "Labels" is null or missing where there are none.
    private static LabelledName ToLabelledName(JsonElement item) => new(item.Text("Name"), Labels(item));

    private static Dictionary<string, string> Labels(JsonElement item) => item.TryGetProperty("Labels", out var labels) && labels.ValueKind == JsonValueKind.Object
        ? labels.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString() ?? "")
        : [];

    private async Task<JsonDocument?> GetJsonAsync(string path, CancellationToken cancellationToken, bool orNull = false)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), orNull ? [HttpStatusCode.NotFound] : [], cancellationToken);
        return response.IsSuccessStatusCode
            ? await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken)
            : null;
    }

    private async Task<JsonDocument> PostJsonAsync(string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(Post(path, body), [], cancellationToken);
        return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
    }

    private async Task PostAsync(string path, JsonObject? body, CancellationToken cancellationToken)
    {
        // 304: it is started or stopped already.
        using var response = await SendAsync(Post(path, body), [HttpStatusCode.NotModified], cancellationToken);
    }

    private async Task DeleteAsync(string path, IReadOnlyList<HttpStatusCode> also, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), also, cancellationToken);
    }

    private static HttpRequestMessage Post(string path, JsonObject? body) => new(HttpMethod.Post, path)
    {
        Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
    };

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IReadOnlyList<HttpStatusCode> also, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e) when (e.GetBaseException() is LabException problem)
        {
            throw problem;
        }
        catch (HttpRequestException e) when (e.InnerException is LabException problem)
        {
            throw problem;
        }

        if (response.IsSuccessStatusCode || also.Contains(response.StatusCode))
        {
            return response;
        }

        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        response.Dispose();
        throw EngineException.From(response.StatusCode, text, $"{request.Method} {request.RequestUri!.PathAndQuery}");
    }

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(word => (JsonNode)word)]);

    private static IReadOnlyList<string> Words(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(word => word.GetString()!)] : [];

    private static string Filter(string key, string value) => Uri.EscapeDataString($$"""{"{{key}}":["{{value}}"]}""");

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Seconds(TimeSpan time) => ((int)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    // The engine takes seconds with a fraction: 1700000000.123456700
    private static string UnixSeconds(DateTimeOffset time) =>
        ((time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / 10_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture);

    // The engine's "never" is 0001-01-01T00:00:00Z.
    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > 1 ? time : null;
}
