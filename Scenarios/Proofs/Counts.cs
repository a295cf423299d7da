namespace SynapseLab.Scenarios.Proofs;

/// <summary>Counts by name, as stories and failures tell them.</summary>
internal static class Counts
{
    /// <summary><c>persister1 104, persister2 96</c>; <c>none</c> where there is nothing but zeros.</summary>
    public static string Tell<TNumber>(IEnumerable<KeyValuePair<string, TNumber>> counts)
        where TNumber : System.Numerics.INumber<TNumber>
    {
        var parts = counts.Where(count => !TNumber.IsZero(count.Value)).OrderBy(count => count.Key, StringComparer.Ordinal)
            .Select(count => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{count.Key} {count.Value}"));
        return string.Join(", ", parts) is { Length: > 0 } text ? text : "none";
    }

    /// <summary>Whether two counts say the same, zeros left out.</summary>
    public static bool Agree(IEnumerable<KeyValuePair<string, long>> left, IEnumerable<KeyValuePair<string, long>> right) =>
        left.Where(count => count.Value != 0).ToHashSet().SetEquals(right.Where(count => count.Value != 0));
}
