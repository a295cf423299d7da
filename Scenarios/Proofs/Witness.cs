using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Proofs;

/// <summary>One source's view of a claim.</summary>
/// <param name="Source">Where it looks.</param>
/// <param name="LookAsync">One look: whether this source bears the claim out, and what it saw.</param>
public sealed record Witness(EvidenceSource Source, Func<CancellationToken, Task<Observation>> LookAsync)
{
    /// <summary>A witness whose look needs no waiting.</summary>
    public Witness(EvidenceSource source, Func<Observation> look) : this(source, _ => Task.FromResult(look()))
    {
    }
}
