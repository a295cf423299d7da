using System.Net;

namespace SynapseLab.Runtimes.Engine;

/// <summary>The engine refused a request.</summary>
/// <param name="status">Its HTTP status: 404 no such thing, 409 in the wrong state, 500 it failed.</param>
/// <param name="message">What it says.</param>
/// <param name="request">Method and path of the request.</param>
public sealed class EngineException(HttpStatusCode status, string message, string request) : Exception($"the container engine says: {message}")
{
    /// <summary>Its HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>Method and path of the request: <c>POST /containers/x/start</c>.</summary>
    public string Request { get; } = request;
}
