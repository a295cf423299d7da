namespace SynapseLab.Catalogue;

/// <summary>Reads undecoded query strings the way nginx's <c>$arg_name</c> does.</summary>
internal static class QueryString
{
    /// <summary>The value of the first parameter of that name, undecoded; null where there is none.</summary>
    public static string? First(string query, string name)
    {
        // "since=s1_2&timeout=0"
        foreach (var part in query.Split('&'))
        {
            if (part.Length > name.Length && part[name.Length] == '=' && part.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                return part[(name.Length + 1)..];
            }
        }

        return null;
    }
}
