namespace SynapseLab.Runtimes.Evidence;

/// <summary>One value of a metric.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="Value">Its value, in the metric's own unit.</param>
public sealed record MetricSample(IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>The labels as they were written, which names the sample within its metric.</summary>
    internal string Key { get; init; } = "";
}
