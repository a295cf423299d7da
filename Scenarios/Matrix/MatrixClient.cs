using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SynapseLab.Proxies;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>
/// A thin client of the Matrix Client-Server API: one method per endpoint that the lab uses, no cache, no retry, no state but the access
/// token. Safe for use by many tasks at once. Every request carries an X-Request-ID, by which the proxy's and Synapse's logs know it.
/// </summary>
public sealed partial class MatrixClient
{
    /// <summary>Request header that the proxy logs and hands on.</summary>
    public const string RequestIdHeader = "X-Request-ID";

    // What the server may take beyond a long poll's own time. Synapse waits up to 10 s for replication to catch up before it answers a sync
    // (synapse/handlers/sync.py) and up to 60 s for other homeservers (federation.client_timeout).
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(90);

    private readonly HttpClient _http;
    private readonly Uri _homeserver;
    private readonly string _requestIdPrefix;
    private readonly Action<MatrixCall>? _observer;
    private readonly TimeProvider _time;
    private readonly AuthenticationHeaderValue? _authorization;
    private long _requests;

    /// <summary>Connects nowhere yet.</summary>
    /// <param name="http">Connections, for example of <see cref="MatrixConnections"/>; without a timeout of its own, since syncs are long
    /// polls.</param>
    /// <param name="homeserver">Where the client port is: <c>http://127.0.0.1:8008</c>.</param>
    /// <param name="accessToken">The device's token; null: not logged in.</param>
    /// <param name="requestIdPrefix">Request IDs are this, a dash and a counter: <c>r7f3-alice-12</c>. Unique in the lab where evidence is
    /// read from logs.</param>
    /// <param name="observer">Told of every answered request; has to be quick and safe for many tasks.</param>
    /// <param name="time">Measures the calls and ends those that take too long; the system's clock where not given.</param>
    public MatrixClient(
        HttpClient http,
        Uri homeserver,
        string? accessToken = null,
        string requestIdPrefix = "lab",
        Action<MatrixCall>? observer = null,
        TimeProvider? time = null)
    {
        _http = http;
        _homeserver = homeserver;
        AccessToken = accessToken;
        _requestIdPrefix = requestIdPrefix;
        _observer = observer;
        _time = time ?? TimeProvider.System;
        _authorization = accessToken is null ? null : new AuthenticationHeaderValue("Bearer", accessToken);
    }

    /// <summary>The device's token; null: not logged in.</summary>
    public string? AccessToken { get; }

    /// <summary>Sends the token as <c>?access_token=</c>, as old clients do, rather than in the Authorization header.</summary>
    public bool TokenInQuery { get; init; }

    /// <summary>The same client for a device that has just logged in.</summary>
    /// <param name="accessToken">Its token.</param>
    /// <param name="requestIdPrefix">Its prefix of request IDs; null: the same.</param>
    public MatrixClient With(string accessToken, string? requestIdPrefix = null) =>
        new(_http, _homeserver, accessToken, requestIdPrefix ?? _requestIdPrefix, _observer, _time) { TokenInQuery = TokenInQuery };

    /// <summary>Any request: for endpoints without a method here.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">Path and query as they go over the wire, percent-encoded: <c>/_matrix/client/v3/account/whoami</c>.</param>
    /// <param name="body">Writes the JSON body; null: none (an empty object for POST and PUT).</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The JSON answer.</returns>
    /// <exception cref="MatrixException">Any status but 2xx.</exception>
    /// <exception cref="HttpRequestException">Nobody listens, or the connection broke.</exception>
    public Task<JsonElement> SendAsync(HttpMethod method, string path, Action<Utf8JsonWriter>? body, CancellationToken cancellationToken) =>
        SendAsync(method, path, body, MatrixJson.Default.JsonElement, AnswerWithin, cancellationToken);

    private async Task<TAnswer> SendAsync<TAnswer>(
        HttpMethod method,
        string path,
        Action<Utf8JsonWriter>? body,
        JsonTypeInfo<TAnswer> answer,
        TimeSpan within,
        CancellationToken cancellationToken)
    {
        var requestId = $"{_requestIdPrefix}-{Interlocked.Increment(ref _requests)}";
        using var span = MatrixSpan.Begin(method, path, requestId);
        using var request = new HttpRequestMessage(method, new Uri(_homeserver, WithToken(path)));
        request.Headers.TryAddWithoutValidation(RequestIdHeader, requestId);
        if (!TokenInQuery)
        {
            request.Headers.Authorization = _authorization;
        }

        if (method != HttpMethod.Get && method != HttpMethod.Delete)
        {
            request.Content = JsonBody(body);
        }

        using var late = new CancellationTokenSource(within, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var start = _time.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var worker = response.Headers.TryGetValues(ProxyHeaders.Worker, out var values) ? values.First() : null;
            MatrixSpan.Answered(span, response.StatusCode, worker);
            if (!response.IsSuccessStatusCode)
            {
                var error = await ErrorAsync(response, $"{method} {path}", requestId, worker, limit.Token);
                _observer?.Invoke(new MatrixCall(requestId, method, path, response.StatusCode, worker, _time.GetElapsedTime(start)));
                throw error;
            }

            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            var result = await JsonSerializer.DeserializeAsync(stream, answer, limit.Token);
            _observer?.Invoke(new MatrixCall(requestId, method, path, response.StatusCode, worker, _time.GetElapsedTime(start)));
            return result
                ?? throw new MatrixException(response.StatusCode, "", "the answer is null", $"{method} {path}", requestId, worker);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{method} {path} had no answer within {within.TotalSeconds:0} s (request {requestId})");
        }
        catch (JsonException e)
        {
            throw new HttpRequestException(
                $"{method} {path} was not answered with the JSON that the specification has (request {requestId}): {e.Message}", e);
        }
    }

    private string WithToken(string path) =>
        TokenInQuery && AccessToken is not null
            ? $"{path}{(path.Contains('?') ? '&' : '?')}access_token={Uri.EscapeDataString(AccessToken)}"
            : path;

    private static ByteArrayContent JsonBody(Action<Utf8JsonWriter>? body)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            if (body is null)
            {
                writer.WriteStartObject();
                writer.WriteEndObject();
            }
            else
            {
                body(writer);
            }
        }

        var content = new ByteArrayContent(buffer.WrittenSpan.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static async Task<MatrixException> ErrorAsync(
        HttpResponseMessage response, string request, string requestId, string? worker, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("errcode", out var code))
            {
                var error = json.RootElement.TryGetProperty("error", out var message) ? message.ToString() : "";
                return new MatrixException(response.StatusCode, code.ToString(), error, request, requestId, worker);
            }
        }
        catch (JsonException)
        {
            // The proxy's own pages are HTML.
        }

        var beginning = text.ReplaceLineEndings(" ");
        return new MatrixException(response.StatusCode, "", beginning[..Math.Min(beginning.Length, 200)], request, requestId, worker);
    }

    private static string Escape(string segment) => Uri.EscapeDataString(segment);
}
