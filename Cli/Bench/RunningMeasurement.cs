namespace SynapseLab.Cli.Bench;

/// <summary>What a lab showed between its start and its end.</summary>
/// <param name="UpAgainSeconds">Seconds that <c>./lab up</c> took with everything running already.</param>
/// <param name="Changed">What that changed: <c>container main was restarted</c>. Empty as it should be.</param>
/// <param name="IdleBytes">Resident memory in bytes by container, when nobody wanted anything of the lab.</param>
/// <param name="ResetSeconds">Seconds that <c>./lab reset</c> took until all was healthy again.</param>
/// <param name="DownSeconds">Seconds that <c>./lab down</c> took.</param>
/// <param name="Left">What was there after it: <c>volume 0c1d...</c>, <c>port 8008</c>. Empty as it should be.</param>
internal sealed record RunningMeasurement(
    double UpAgainSeconds,
    IReadOnlyList<string> Changed,
    IReadOnlyDictionary<string, long> IdleBytes,
    double ResetSeconds,
    double DownSeconds,
    IReadOnlyList<string> Left);
