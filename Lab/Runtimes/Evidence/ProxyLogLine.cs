using System.Text.Json;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes.Evidence;

/// <summary>One request as the proxy logged it.</summary>
/// <param name="Time">When the proxy wrote the line, to the millisecond.</param>
/// <param name="RequestId">The X-Request-ID that the client sent or the proxy made.</param>
/// <param name="Homeserver">Key of the homeserver: <c>hs1</c>.</param>
/// <param name="Listener"><c>client</c> or <c>federation</c>.</param>
/// <param name="Remote">Address the request came from.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Uri">Path and query as sent; the value of access_token is left out.</param>
/// <param name="Status">HTTP status of the reply.</param>
/// <param name="Worker">Id of the process that served it; empty where the proxy answered by itself.</param>
/// <param name="Pool">The pool it was sent to: <c>hs1_generic_worker_by_user</c>.</param>
/// <param name="Affinity">What chose the process within the pool: <c>user</c>.</param>
/// <param name="Bytes">Bytes of the reply.</param>
/// <param name="Duration">From the first byte of the request to the last of the reply.</param>
/// <param name="UpstreamDuration">Of that, waiting for the process.</param>
/// <param name="UserAgent">The client's user agent.</param>
public sealed record ProxyLogLine(
    DateTimeOffset Time,
    string RequestId,
    string Homeserver,
    string Listener,
    string Remote,
    string Method,
    string Uri,
    int Status,
    string Worker,
    string Pool,
    string Affinity,
    long Bytes,
    TimeSpan Duration,
    TimeSpan UpstreamDuration,
    string UserAgent)
{
    /// <summary>When the request's first byte came.</summary>
    public DateTimeOffset Began => Time - Duration;

    /// <summary>The path without the query.</summary>
    public string Path => Uri.IndexOf('?', StringComparison.Ordinal) is var mark and >= 0 ? Uri[..mark] : Uri;

    /// <summary>Reads a line of the proxy's access log.</summary>
    /// <param name="text">A JSON object:
    /// <c>{"time":"2026-11-21T06:48:01.123+00:00","request_id":"4f..","homeserver":"hs1","listener":"client",...}</c>.</param>
    /// <returns>Null where it is no such line, but a message of the proxy.</returns>
    public static ProxyLogLine? TryParse(string text)
    {
        if (!text.StartsWith('{'))
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (!root.TryGetProperty("request_id", out _)
                || !DateTimeOffset.TryParse(root.Text("time"), System.Globalization.CultureInfo.InvariantCulture, out var time))
            {
                return null;
            }

            return new ProxyLogLine(
                time,
                root.Text("request_id"),
                root.Text("homeserver"),
                root.Text("listener"),
                root.Text("remote"),
                root.Text("method"),
                root.Text("uri"),
                (int)Number(root, "status"),
                Name(root, "worker"),
                Name(root, "pool"),
                root.Text("affinity"),
                (long)Number(root, "bytes"),
                TimeSpan.FromSeconds(Number(root, "duration")),
                TimeSpan.FromSeconds(Number(root, "upstream_duration")),
                root.Text("user_agent"));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // nginx writes "" where there is none, HAProxy "-".
    private static string Name(JsonElement root, string name) => root.Text(name) is var text && text == "-" ? "" : text;

    // nginx writes "" for an upstream time that it does not have, and "0.001, 0.002" where it tried two upstreams: their sum is the wait.
    private static double Number(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return 0;
        }

        if (value.ValueKind == JsonValueKind.Number)
        {
            return value.GetDouble();
        }

        return value.ValueKind == JsonValueKind.String
            ? value.GetString()!.Split([',', ':'], StringSplitOptions.TrimEntries)
                .Sum(part => double.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0)
            : 0;
    }
}
