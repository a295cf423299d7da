namespace SynapseLab.Proxies;

/// <summary>
/// How an access token can stand in a query. Twisted decodes the names of arguments (twisted.web.http.parse_qs), so
/// <c>access%5Ftoken=</c> and <c>%61ccess_token=</c> are the same argument, and a name may come more than once.
/// </summary>
internal static class TokenInQuery
{
    /// <summary>The name with its <c>=</c> in every spelling, as a regular expression that ignores case:
    /// <c>(?:a|%61)(?:c|%63)...=</c>.</summary>
    public static string AnySpelling { get; } = string.Concat("access_token".Select(letter => $"(?:{letter}|%{(int)letter:x2})")) + "=";

    /// <summary>What stands in a log in place of a query with more than one token, or with one in another spelling.</summary>
    public const string Redacted = "?redacted";
}
