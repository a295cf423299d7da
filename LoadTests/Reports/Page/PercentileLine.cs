namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>A line in the plots of latency over time.</summary>
/// <param name="Name">As the legend has it.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="StrokeWidth">In pixels.</param>
/// <param name="Of">What it shows of an operation.</param>
internal sealed record PercentileLine(string Name, string Colour, double StrokeWidth, Func<OperationTimeline, IReadOnlyList<double?>> Of)
{
    /// <summary>All of them, the one that matters most first.</summary>
    public static IReadOnlyList<PercentileLine> All { get; } =
    [
        new("median", "#0072b2", 2.2, operation => operation.P50),
        new("95 %", "#e69f00", 1.6, operation => operation.P95),
        new("99 %", "#d55e00", 1.2, operation => operation.P99),
    ];
}
