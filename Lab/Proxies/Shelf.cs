using System.Text.RegularExpressions;
using SynapseLab.Routing;

namespace SynapseLab.Proxies;

/// <summary>
/// The first look at a path: which few patterns are worth trying. A proxy finds a shelf with one regular expression and one
/// hash lookup, and then tries the patterns on it, a handful instead of all: 110 patterns in a row halve nginx's throughput.
/// </summary>
internal static class Shelf
{
    /// <summary>
    /// How a path leads to its shelf: the first expression that fits (PCRE, on an undecoded path that a query may follow)
    /// takes <c>lab_head</c>, and the shelf is called prefix and head: <c>/_matrix/client/v3/rooms/!a:b/send/m.x/1</c> is on <c>rooms/send</c>.
    /// </summary>
    public static IReadOnlyList<(string Expression, string Prefix)> Rules { get; } =
    [
        ("^/_matrix/client/(?:api/v1|r0|v1|v3|unstable)/rooms/[^/?]*/(?<lab_head>[^/?]*)", "rooms/"),
        ("^/_matrix/client/(?:(?:api/v1|r0|v1|v3|unstable)/)?(?<lab_head>[^/?]*)", "client/"),
        ("^/_matrix/federation/(?:v1|v2|unstable)/(?<lab_head>[^/?]*)", "federation/"),
        ("^/_synapse/admin/v[0-9]/(?<lab_head>[^/?]*)", "admin/"),
        ("^/_matrix/(?<lab_head>key|media)/", "matrix/"),
        ("^/_synapse/(?<lab_head>client|mas)/", "synapse/"),
    ];

    /// <summary>The shelves of an entry: one for each first word that its paths may have there.</summary>
    /// <returns>Empty where its pattern leaves the word open: such entries have to be tried for every request.</returns>
    public static IReadOnlyList<string> Of(CatalogueEntry entry)
    {
        // A placeholder's value is marked, so that a shelf that depends on one is noticed.
        var shelves = entry.Path.Samples(_ => "\u0001").Select(Of).Distinct().ToArray();
        return shelves.Any(shelf => shelf is null || shelf.Contains('\u0001', StringComparison.Ordinal)) ? [] : [.. shelves.OfType<string>()];
    }

    /// <summary>The shelf of a path; null where no rule fits.</summary>
    public static string? Of(string path)
    {
        foreach (var (expression, prefix) in Rules)
        {
            var match = Regex.Match(path, expression, RegexOptions.CultureInvariant);
            if (match.Success)
            {
                return prefix + match.Groups["lab_head"].Value;
            }
        }

        return null;
    }
}
