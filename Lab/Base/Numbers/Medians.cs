namespace SynapseLab.Numbers;

/// <summary>The middle of what was measured several times, which one disturbed round does not move.</summary>
public static class Medians
{
    /// <summary>The value in the middle; of an even number the mean of the two in the middle; NaN of none.</summary>
    public static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The one whose value is nearest to the median, whole: its other numbers belong to it.</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public static T NearestToMedian<T>(this IReadOnlyList<T> all, Func<T, double> value)
    {
        var median = all.Select(value).Median();
        return all.OrderBy(one => Math.Abs(value(one) - median)).First();
    }
}
