namespace SynapseLab.Cli.Bench;

/// <summary>How fast or small something has to be, and what was measured.</summary>
/// <param name="Name">What is bounded: <c>up again</c>.</param>
/// <param name="Value">What was measured; NaN where nothing was.</param>
/// <param name="Limit">How much it may be.</param>
/// <param name="Unit">Of both: <c>s</c>, <c>GiB</c>; empty for a ratio or a count.</param>
/// <param name="Inclusive">Whether the limit itself still holds: "at most", not "under".</param>
internal sealed record Bound(string Name, double Value, double Limit, string Unit = "", bool Inclusive = false)
{
    /// <summary>Whether it is kept. What was not measured is not.</summary>
    public bool Holds => Inclusive ? Value <= Limit : Value < Limit;
}
