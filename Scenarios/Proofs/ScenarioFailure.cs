namespace SynapseLab.Scenarios.Proofs;

/// <summary>A scenario's claim did not hold. The message has what each source of evidence saw, with times.</summary>
/// <param name="claim">What should have been true.</param>
/// <param name="seen">What was seen, one entry per source: those that did not bear it out first.</param>
public sealed class ScenarioFailure(string claim, IReadOnlyList<Problem> seen)
    : Exception(string.Join(Environment.NewLine, seen.Select(problem => problem.ToString()).Prepend($"not so: {claim}")))
{
    /// <summary>What should have been true.</summary>
    public string Claim { get; } = claim;

    /// <summary>What was seen instead.</summary>
    public IReadOnlyList<Problem> Seen { get; } = seen;
}
