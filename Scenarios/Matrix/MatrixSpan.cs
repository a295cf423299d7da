using System.Diagnostics;
using System.Globalization;
using System.Net;
using SynapseLab.Scenarios.Stories;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>A request of a client as a span, by the conventions of OpenTelemetry for HTTP. It has the request ID by which the proxy's and
/// Synapse's logs know the request.</summary>
internal static class MatrixSpan
{
    private const string IdTag = "http.request.header.x-request-id";

    /// <summary>Begins it; null where nobody listens.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="requestId">Value of X-Request-ID.</param>
    public static Activity? Begin(HttpMethod method, string path, string requestId)
    {
        if (!ScenarioSpans.Source.HasListeners())
        {
            return null;
        }

        // Not the query: an old client's has the access token.
        var bare = path.Split('?', 2)[0];
        return ScenarioSpans.Source.StartActivity(
            ActivityKind.Client,
            tags: [new("http.request.method", method.Method), new("url.path", bare), new(IdTag, requestId)],
            name: $"{method} {Short(bare)}");
    }

    /// <summary>Tells what came back.</summary>
    /// <param name="span">The span.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="worker">The process that served it; null: the proxy answered by itself.</param>
    public static void Answered(Activity? span, HttpStatusCode status, string? worker)
    {
        span?.SetTag("http.response.status_code", ((int)status).ToString(CultureInfo.InvariantCulture));
        span?.SetTag("synapse.worker", worker);
        if ((int)status >= 400)
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }
    }

    // /_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message/3 -> /rooms/{}/send/{}/{}: few names, as traces want them. Words of the API
    // are lower-case letters and '_'; what a client chose has other characters, or follows one of them.
    private static string Short(string path)
    {
        var words = path.Split('/');
        var named = words.Skip(words is ["", "_matrix", "client", ..] ? 4 : 0)
            .Select(word => word.All(letter => char.IsAsciiLetter(letter) || letter == '_') ? word : "{}");
        return string.Join('/', named.Prepend(""));
    }
}
