using System.Net;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>One request that was answered, as the client saw it.</summary>
/// <param name="RequestId">The X-Request-ID that was sent.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query, without access token.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Worker">The process that served it (response header X-Synapse-Worker of the lab's proxy); null where the proxy answered
/// itself.</param>
/// <param name="Elapsed">From sending to the end of the body.</param>
public readonly record struct MatrixCall(
    string RequestId, HttpMethod Method, string Path, HttpStatusCode Status, string? Worker, TimeSpan Elapsed);
