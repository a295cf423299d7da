using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Runtimes.Operations;

/// <summary>What comes of a verb.</summary>
internal abstract record VerbDecision
{
    private VerbDecision()
    {
    }

    /// <summary>It is done.</summary>
    public sealed record Act : VerbDecision;

    /// <summary>Nothing has to be done, which is no error.</summary>
    /// <param name="Said">What is the case: <c>already paused since 12:03:41 UTC by ./lab pause main</c>.</param>
    public sealed record Already(string Said) : VerbDecision;

    /// <summary>It can't come to anything in this state.</summary>
    /// <param name="Matter">What is the matter: <c>stopped since 12:03:41 UTC by ./lab stop main</c>.</param>
    /// <param name="First">The verb that undoes that.</param>
    public sealed record Refuse(string Matter, Verb First) : VerbDecision;
}

/// <summary>
/// Which verb makes sense in which state. Doing twice what is done already is no error;
/// what can come to nothing is refused before anything is done, with the verb that undoes what stands in the way.
/// </summary>
internal static class VerbRules
{
    /// <summary>Decides.</summary>
    /// <param name="verb">What is wanted.</param>
    /// <param name="state">What is the case.</param>
    public static VerbDecision Decide(Verb verb, PartState state)
    {
        var matter = state.Matters.FirstOrDefault() ?? "";
        VerbDecision unlessCutOff = state.CutOff ? new VerbDecision.Refuse(state.Matters[^1], Verb.Heal) : new VerbDecision.Act();
        return (verb, state.Run) switch
        {
            (Verb.Stop or Verb.Kill, PartRun.Ended) => new VerbDecision.Already($"already {matter}"),
            (Verb.Stop or Verb.Kill, _) => new VerbDecision.Act(),

            (Verb.Start or Verb.Restart, PartRun.Paused) => new VerbDecision.Refuse(matter, Verb.Unpause),
            (Verb.Start, PartRun.Running) when !state.CutOff => new VerbDecision.Already("runs already"),
            (Verb.Start or Verb.Restart, _) => unlessCutOff,

            (_, PartRun.Ended) when verb != Verb.Heal => new VerbDecision.Refuse(matter, Verb.Start),
            (Verb.Pause, PartRun.Paused) => new VerbDecision.Already($"already {matter}"),
            (Verb.Unpause, PartRun.Running) => new VerbDecision.Already("is not frozen"),
            (Verb.Partition, _) when state.CutOff => new VerbDecision.Already($"already {state.Matters[^1]}"),
            (Verb.Heal, _) when !state.CutOff => new VerbDecision.Already("is connected already"),
            _ => new VerbDecision.Act(),
        };
    }
}
