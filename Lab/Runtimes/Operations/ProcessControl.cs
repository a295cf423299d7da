using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;

namespace SynapseLab.Runtimes.Operations;

/// <summary>Acts on one process of a container that has others too, through the launcher there;
/// the container as a whole remains the engine's.</summary>
/// <param name="labName">The lab, for what to do instead.</param>
/// <param name="container">Says what is the case with the whole container.</param>
/// <param name="launcherOf">The launcher of a container of the lab, by the container's name.</param>
internal sealed class ProcessControl(string labName, IPartControl container, Func<string, Launcher> launcherOf) : IPartControl
{
    /// <inheritdoc/>
    public Problem? Refusal(Verb verb, LabPart part)
    {
        if (verb is not (Verb.Partition or Verb.Heal))
        {
            return null;
        }

        var others = $"all processes of container {part.Container.Name} have one network (packing: one-container)";
        return verb == Verb.Partition
            ? new Problem(
                $"{part.Name} cannot be cut off alone: {others}",
                Fix: $"Freeze it alone ({Command(Verb.Pause, part.Name)}), cut all of them off ({Command(Verb.Partition, part.Container.Name)}), or use packing: separate")
            : new Problem(
                $"{part.Name} cannot be connected alone: {others}", Fix: $"Connect all of them: {Command(Verb.Heal, part.Container.Name)}");
    }

    /// <inheritdoc/>
    public async Task<PartState> StateAsync(LabPart part, CancellationToken cancellationToken)
    {
        var whole = await container.StateAsync(part, cancellationToken);
        if (whole.Run != PartRun.Running
            || await launcherOf(part.Container.Name).StatesAsync(cancellationToken) is not { } processes
            || !processes.TryGetValue(part.Name, out var process))
        {
            return whole with { IsWhole = whole.Run != PartRun.Running };
        }

        return whole with
        {
            Run = process.Run,
            StartedAt = process.StartedAt,
            EndedAt = process.Run == PartRun.Ended ? process.Since : null,
            ExitCode = process.ExitCode,
            OutOfMemory = process.OutOfMemory,
        };
    }

    /// <inheritdoc/>
    public async Task ActAsync(Verb verb, LabPart part, CancellationToken cancellationToken)
    {
        var whole = await container.StateAsync(part, cancellationToken);
        if (whole.Run != PartRun.Running)
        {
            var first = whole.Run == PartRun.Paused ? Verb.Unpause : Verb.Start;
            throw LabException.WrongUse(
                $"{part.Name} shares container {part.Container.Name}, which {(whole.Run == PartRun.Paused ? "is frozen as a whole" : "does not run")}",
                fix: $"First {Command(first, part.Container.Name)}");
        }

        await launcherOf(part.Container.Name).TellAsync(verb, part.Name, cancellationToken);
    }

    private string Command(Verb verb, string name) => ToType.On(labName, verb.Word(), name);
}
