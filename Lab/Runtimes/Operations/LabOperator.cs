using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Runtimes.Operations;

/// <summary>Does an operator's verbs to the parts of a lab: the one place where rules,
/// memory and whoever runs the part come together.</summary>
/// <param name="lab">The lab.</param>
/// <param name="memory">Remembers what was done.</param>
/// <param name="controlOf">How a part is reached.</param>
/// <param name="time">The clock.</param>
public sealed class LabOperator(LabState lab, FaultMemory memory, Func<LabPart, IPartControl> controlOf, TimeProvider time)
{
    private static readonly FaultKind[] Ends = [FaultKind.Stopped, FaultKind.Killed];

    /// <summary>What is the case with a part, and what of it is the lab's own doing.</summary>
    public async Task<PartState> StateAsync(LabPart part, CancellationToken cancellationToken)
    {
        // Read before the state: a fault that is imposed meanwhile then shows without its origin, and not one that was undone.
        var remembered = memory.Load();
        var state = await controlOf(part).StateAsync(part, cancellationToken);
        return (state with { Memory = MemoryLimit.Of(lab.Deployment, part.Container, lab.TopologyText) })
            // What was done to a shared container was done to each process in it.
            .With(remembered.Where(fault => fault.Part == part.Name || fault.Part == part.Container.Name));
    }

    /// <summary>Does a verb to a part.</summary>
    /// <param name="verb">What to do.</param>
    /// <param name="part">To what.</param>
    /// <param name="by">Who does it, as it is remembered: <c>./lab partition redis</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null: done. Else nothing had to be done, and this is what is the case: <c>runs already</c>.</returns>
    /// <exception cref="LabException">In this state it can't come to anything (exit code 2);
    /// the message says what is the matter and what to do.</exception>
    public async Task<string?> DoAsync(Verb verb, LabPart part, string by, CancellationToken cancellationToken)
    {
        if (controlOf(part).Refusal(verb, part) is { } refusal)
        {
            throw new LabException(ExitCodes.WrongUse, refusal);
        }

        if (await AlreadyAsync(verb, part, cancellationToken) is { } already)
        {
            return already;
        }

        // Before it is done: a command that ends in the middle leaves what it did explained. What never came true shows nowhere.
        if (Imposes(verb) is { } kind)
        {
            await memory.RememberAsync([new ImposedFault(part.Name, kind, time.GetUtcNow(), by)], cancellationToken);
        }

        try
        {
            if (await ActAsync(verb, part, cancellationToken) is { } meanwhile)
            {
                return meanwhile;
            }
        }
        catch (Exception e) when (e is EngineException or LabException)
        {
            // What was refused would explain an end of the part's own later.
            if (Imposes(verb) is { } refused)
            {
                await memory.ForgetAsync([part.Name], [refused], cancellationToken);
            }

            throw;
        }

        await memory.ForgetAsync([part.Name], Undoes(verb), cancellationToken);
        return null;
    }

    /// <summary>A command for a part that works as it stands: <c>./lab heal redis --name reference</c>.</summary>
    public string Command(Verb verb, LabPart part) => ToType.On(lab.Deployment.LabName, verb.Word(), part.Name);

    /// <summary>The command that undoes what is the matter with a part.</summary>
    public string Remedy(LabPart part, PartState state) => state.Run switch
    {
        PartRun.Paused => Command(Verb.Unpause, Target(Verb.Unpause, part, state)),
        PartRun.Ended when !state.CutOff => Command(Verb.Start, Target(Verb.Start, part, state)),
        _ => Command(Verb.Heal, Target(Verb.Heal, part, state)),
    };

    // What is the matter with a shared container as a whole is undone there, and only there can it be connected.
    private static LabPart Target(Verb verb, LabPart part, PartState state) =>
        part.IsShared && (verb == Verb.Heal || state.IsWhole) ? new LabPart(part.Container.Name, part.Container, null) : part;

    // Two commands at once: the engine refuses the second what the first has done, and that is what is the case then.
    private async Task<string?> ActAsync(Verb verb, LabPart part, CancellationToken cancellationToken)
    {
        try
        {
            await controlOf(part).ActAsync(verb, part, cancellationToken);
            return null;
        }
        catch (EngineException)
        {
            if (await AlreadyAsync(verb, part, cancellationToken) is { } meanwhile)
            {
                return meanwhile;
            }

            throw;
        }
    }

    private async Task<string?> AlreadyAsync(Verb verb, LabPart part, CancellationToken cancellationToken)
    {
        var state = await StateAsync(part, cancellationToken);
        if (state.Run == PartRun.Gone)
        {
            throw LabException.Failed(
                $"the container of {part.Name} is gone",
                fix: $"Take the lab down ({ToType.Lab("down", lab.Deployment.LabName)}) and start it again");
        }

        return VerbRules.Decide(verb, state) switch
        {
            VerbDecision.Already already => already.Said,
            VerbDecision.Refuse refusal => throw LabException.WrongUse(
                $"{part.Name} is {refusal.Matter}",
                fix: $"First {Command(refusal.First, Target(refusal.First, part, state))}"),
            _ => null,
        };
    }

    private static FaultKind? Imposes(Verb verb) => verb switch
    {
        Verb.Stop => FaultKind.Stopped,
        Verb.Kill => FaultKind.Killed,
        Verb.Pause => FaultKind.Paused,
        Verb.Partition => FaultKind.CutOff,
        _ => null,
    };

    private static FaultKind[] Undoes(Verb verb) => verb switch
    {
        Verb.Start or Verb.Restart => Ends,
        // What has ended is frozen no more.
        Verb.Stop or Verb.Kill or Verb.Unpause => [FaultKind.Paused],
        Verb.Heal => [FaultKind.CutOff],
        _ => [],
    };
}
