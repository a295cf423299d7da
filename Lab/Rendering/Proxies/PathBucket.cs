using System.Text.RegularExpressions;
using SynapseLab.Catalogue;

namespace SynapseLab.Proxies;

/// <summary>
/// The first look at a path: which few patterns are worth trying. A proxy finds a bucket with one regular expression and one
/// hash lookup, and then tries the patterns in it, a handful instead of all: 110 patterns in a row halve nginx's throughput.
/// The rendered configurations call a bucket a shelf.
/// </summary>
internal static class PathBucket
{
    /// <summary>
    /// How an undecoded path, which a query may follow, leads to its bucket (PCRE and .NET alike): <c>lab_path</c> is the path without the
    /// query, and the bucket is called <c>lab_area/lab_head</c>.
    /// <c>/_matrix/client/v3/rooms/!a:b/send/m.x/1?x=1</c> is on <c>client/send</c>. One expression for all,
    /// because each that is tried costs a proxy as much as a map.
    /// </summary>
    public const string Expression =
        "^(?<lab_path>/_(?:matrix|synapse)/(?<lab_area>client|federation|key|media|admin|mas)/"
        + "(?:(?:api/v1|r0|v[0-9]|unstable)/)?(?:rooms/[^/?]*/)?(?<lab_head>[^/?]*)[^?]*)";

    /// <summary>The buckets of an entry: one for each first word that its paths may have there.</summary>
    /// <returns>Empty where its pattern leaves the word open: such entries have to be tried for every request.</returns>
    public static IReadOnlyList<string> Of(CatalogueEntry entry)
    {
        // A placeholder's value is marked, so that a bucket that depends on one is noticed.
        var buckets = entry.Path.Samples(_ => "\u0001").Select(Of).Distinct().ToArray();
        return buckets.Any(bucket => bucket is null || bucket.Contains('\u0001', StringComparison.Ordinal))
            ? []
            : [.. buckets.OfType<string>()];
    }

    /// <summary>The bucket of a path; null where it has none.</summary>
    public static string? Of(string path)
    {
        var match = Regex.Match(path, Expression, RegexOptions.CultureInvariant);
        return match.Success ? $"{match.Groups["lab_area"].Value}/{match.Groups["lab_head"].Value}" : null;
    }
}
