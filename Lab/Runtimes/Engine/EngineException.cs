using System.Net;
using System.Text.Json;

namespace SynapseLab.Runtimes.Engine;

/// <summary>The engine refused a request.</summary>
/// <param name="status">Its HTTP status: 404 no such thing, 409 in the wrong state, 500 it failed.</param>
/// <param name="message">What it says.</param>
/// <param name="request">Method and path of the request.</param>
public sealed class EngineException(HttpStatusCode status, string message, string request)
    : Exception($"the container engine says: {message}"), IRefusal
{
    /// <summary>Its HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>Method and path of the request: <c>POST /containers/x/start</c>.</summary>
    public string Request { get; } = request;

    /// <summary>From the engine's answer.</summary>
    /// <param name="status">Its HTTP status.</param>
    /// <param name="body">Its body: <c>{"message":"No such container: x"}</c>; what is no such object is taken as it is.</param>
    /// <param name="request">Method and path of the request.</param>
    public static EngineException From(HttpStatusCode status, string body, string request)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return new EngineException(status, json.RootElement.Text("message"), request);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new EngineException(status, body.Trim() is { Length: > 0 } text ? text : $"{(int)status} {status}", request);
        }
    }
}
