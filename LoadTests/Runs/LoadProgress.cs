namespace SynapseLab.LoadTests.Runs;

/// <summary>Where a run is; reported some times a second.</summary>
/// <param name="Phase">What it does: <c>set-up</c>, <c>load</c>, <c>last deliveries</c>.</param>
/// <param name="Share">How much of the phase is over, 0 to 1.</param>
/// <param name="Text">In numbers: <c>412 done, 0 failed, send p95 48 ms</c>.</param>
public readonly record struct LoadProgress(string Phase, double Share, string Text);
