using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Runtimes.Operations;

/// <summary>How a verb reaches a part, and who says what is the case with it. It does what it is told;
/// whether that makes sense <see cref="VerbRules"/> knows.</summary>
public interface IPartControl
{
    /// <summary>Why a verb can't be done to this part alone, whatever is the case with it, and what to do instead; null: it can.</summary>
    Problem? Refusal(Verb verb, LabPart part) => null;

    /// <summary>What is the case with a part now.</summary>
    Task<PartState> StateAsync(LabPart part, CancellationToken cancellationToken);

    /// <summary>Does something to a part.</summary>
    /// <exception cref="LabException">It can't be done to this part as things are (exit code 2); the message says why.</exception>
    Task ActAsync(Verb verb, LabPart part, CancellationToken cancellationToken);
}
