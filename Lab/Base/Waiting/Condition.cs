namespace SynapseLab.Waiting;

/// <summary>What one look at the world showed.</summary>
/// <param name="Holds">Whether the predicate holds.</param>
/// <param name="Seen">What was seen, short: <c>HTTP 502</c>, <c>97 of 100 messages</c>.</param>
public readonly record struct Observation(bool Holds, string Seen)
{
    /// <summary>It holds.</summary>
    public static Observation Yes(string seen) => new(true, seen);

    /// <summary>It does not hold yet.</summary>
    public static Observation No(string seen) => new(false, seen);
}

/// <summary>A named predicate on the world that is looked at again and again until it holds.</summary>
/// <param name="Name">What is waited for, as a statement: <c>generic_worker1 answers on /health</c>.</param>
/// <param name="ObserveAsync">One look. An exception counts as "does not hold", and its message as what was seen.</param>
public sealed record Condition(string Name, Func<CancellationToken, Task<Observation>> ObserveAsync);
