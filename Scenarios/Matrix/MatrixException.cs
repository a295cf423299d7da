using System.Net;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>
/// A homeserver, or the proxy in front of it, refused a request. Matrix errors are JSON objects
/// (<c>{"errcode": "M_FORBIDDEN", "error": "You are not invited to this room."}</c>, Client-Server API "Standard error response");
/// what the proxy says itself (502 while a worker is down) is not, and has <see cref="ErrorCode"/> empty.
/// </summary>
/// <param name="status">The HTTP status.</param>
/// <param name="errorCode">The <c>errcode</c>; empty where the body was no Matrix error.</param>
/// <param name="error">The <c>error</c> text, or the beginning of the body.</param>
/// <param name="request">Method and path: <c>POST /_matrix/client/v3/createRoom</c>.</param>
/// <param name="requestId">The X-Request-ID that was sent; the proxy's log and Synapse's log have it too.</param>
/// <param name="worker">The process that answered, as the proxy names it; null where the proxy answered itself.</param>
public sealed class MatrixException(HttpStatusCode status, string errorCode, string error, string request, string requestId, string? worker)
    : Exception(
        $"{request} was answered {(int)status} {(errorCode.Length > 0 ? errorCode + ": " : "")}{error} "
        + $"(request {requestId}, by {worker ?? "the proxy"})")
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The <c>errcode</c> such as <c>M_NOT_FOUND</c>; empty where the body was no Matrix error.</summary>
    public string ErrorCode { get; } = errorCode;

    /// <summary>The <c>error</c> text for people.</summary>
    public string Error { get; } = error;

    /// <summary>The X-Request-ID of the request.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>The process that answered; null: the proxy itself.</summary>
    public string? Worker { get; } = worker;

    /// <summary>Whether the proxy found nobody to answer: what clients see while a worker is down and what they try again after.</summary>
    public bool IsUnavailable => Status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>Whether the fault is the server's or the proxy's (5xx): what clients try again after.</summary>
    public bool IsServerError => (int)Status >= 500;
}
