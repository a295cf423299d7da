namespace SynapseLab.Catalogue;

/// <summary>A condition on the query string, for requests whose cost depends on it.</summary>
/// <param name="Name">The query parameter: <c>since</c>.</param>
/// <param name="Value">The value it has to have; null: the parameter has to be absent or empty.</param>
public readonly record struct QueryCondition(string Name, string? Value)
{
    /// <summary>Whether a query fulfils it. As the proxies do, the first parameter of that name counts, undecoded.</summary>
    /// <param name="query">The query string without the question mark: <c>since=s1_2&amp;timeout=0</c>.</param>
    public bool Holds(string query)
    {
        var found = QueryString.First(query, Name);
        return Value is null ? string.IsNullOrEmpty(found) : found == Value;
    }

    /// <summary>For people: <c>no since</c>, <c>full_state=true</c>.</summary>
    public override string ToString() => Value is null ? $"no {Name}" : $"{Name}={Value}";
}
