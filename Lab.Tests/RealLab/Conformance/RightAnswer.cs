using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Catalogue;
using SynapseLab.Tests.Proxies;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>
/// What Synapse has to answer to the real request for an entry and method (<see cref="RealRequests"/>): 200, unless RightAnswers.txt says
/// otherwise and why. So an answer that only shows that the request got somewhere is none.
/// </summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ErrorCode">The <c>errcode</c> of the body; empty where it has none.</param>
internal sealed record RightAnswer(int Status, string ErrorCode)
{
    private static readonly RightAnswer Fine = new(200, "");

    private static readonly Lazy<ILookup<string, RightAnswer>> Others = new(Read);

    /// <summary>To a request for which no process of this configuration has a servlet: a feature that is off.</summary>
    public static RightAnswer OfNoServlet { get; } = new(404, "M_UNRECOGNIZED");

    /// <summary>What RightAnswers.txt speaks of: <c>GET /_matrix/client/...</c>.</summary>
    public static IEnumerable<string> Names => Others.Value.Select(answers => answers.Key);

    /// <summary>How the file calls an entry and one of its methods.</summary>
    public static string NameOf(CatalogueEntry entry, string method) =>
        $"{method} {entry.Path.Text}{(entry.When is { } condition ? $" ({condition})" : "")}";

    /// <summary>
    /// The right answer to the request for an entry and one of its methods; more than one where the file has more, which say when.
    /// </summary>
    public static IReadOnlyList<RightAnswer> To(CatalogueEntry entry, string method) =>
        Others.Value[NameOf(entry, method)].DefaultIfEmpty(Fine).ToArray();

    /// <summary>What was answered.</summary>
    public static RightAnswer Of(RawResponse response) => new(response.Status, ErrorCodeOf(response.Body));

    /// <summary>Whether it was given. An answer to HEAD has no body.</summary>
    public bool IsGivenBy(RawResponse response, string method) =>
        response.Status == Status && (method == "HEAD" || ErrorCodeOf(response.Body) == ErrorCode);

    /// <inheritdoc/>
    public override string ToString() => $"HTTP {Status}{(ErrorCode.Length > 0 ? $" {ErrorCode}" : "")}";

    private static string ErrorCodeOf(string body)
    {
        try
        {
            return (JsonNode.Parse(body) as JsonObject)?["errcode"]?.GetValue<string>() ?? "";
        }
        catch (JsonException)
        {
            // A page, or nothing.
            return "";
        }
    }

    // "404 M_NOT_FOUND GET /_matrix/client/... # reason", "401 - POST /_matrix/... # reason"
    private static ILookup<string, RightAnswer> Read() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "RealLab", "Conformance", "RightAnswers.txt"))
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split(" # ", 2)[0].Split(' '))
            .ToLookup(
                words => string.Join(' ', words[2..]),
                words => new RightAnswer(
                    int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture),
                    words[1] == "-" ? "" : words[1]));
}
