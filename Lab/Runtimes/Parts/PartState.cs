using System.Globalization;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Runtimes.Parts;

/// <summary>
/// What is the case with a part as whoever runs it says (the engine, or the launcher in a shared container),
/// and which command of the lab made it so, where one did. What is the case wins over what is remembered:
/// somebody may have used <c>docker start</c>.
/// </summary>
/// <param name="Run">How far it runs.</param>
/// <param name="CutOff">Whether it is off the lab's network.</param>
public sealed record PartState(PartRun Run, bool CutOff = false)
{
    /// <summary>Its container's addresses on the engine's networks.</summary>
    public IReadOnlyList<NetworkAddress> Addresses { get; init; } = [];

    /// <summary>When it was started last; null: unknown.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Whether its container was made and never started: its lab's start ended before.</summary>
    public bool NeverStarted { get; init; }

    /// <summary>When it ended last; null: unknown, or it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Exit code of what has ended.</summary>
    public int ExitCode { get; init; }

    /// <summary>Whether the kernel has ended one of its processes for lack of memory since its last start.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>Whether it is one process of a shared container, and does not run because that as a whole does not.</summary>
    public bool IsWhole { get; init; }

    /// <summary>What it may use of memory; null: all of the machine's.</summary>
    public MemoryLimit? Memory { get; init; }

    /// <summary>The faults of the lab that explain it, see <see cref="With"/>.</summary>
    public IReadOnlyList<ImposedFault> Faults { get; init; } = [];

    /// <summary>Whether it runs and the others reach it.</summary>
    public bool IsUp => Run == PartRun.Running && !CutOff;

    /// <summary>Takes from what is remembered of the part what still is the case.</summary>
    /// <param name="remembered">Faults of this part.</param>
    public PartState With(IEnumerable<ImposedFault> remembered) => this with { Faults = [.. remembered.Where(Explains)] };

    /// <summary>
    /// What is the matter, in order of what has to be undone first: <c>paused since 12:03:41 UTC by ./lab pause main</c>,
    /// <c>cut off from the lab's network ...</c>, <c>ended since ...: not by a command of the lab, exit code 1</c>. Empty where it is up.
    /// </summary>
    public IReadOnlyList<string> Matters
    {
        get
        {
            var matters = new List<string>();
            if (Run == PartRun.Gone)
            {
                matters.Add("gone: its container was removed, or never made");
            }

            if (Run == PartRun.Ended)
            {
                matters.Add(Ended());
            }

            if (Run == PartRun.Paused)
            {
                matters.Add(Fault(FaultKind.Paused) is { } paused ? $"paused {paused.Origin}" : "paused, not by a command of the lab");
            }

            if (OutOfMemory && Run == PartRun.Running)
            {
                matters.Add($"a process in it was {LackOfMemory}");
            }

            if (CutOff && Run != PartRun.Gone)
            {
                matters.Add(Fault(FaultKind.CutOff) is { } cut ? $"cut off from the lab's network {cut.Origin}" : "cut off from the lab's network, not by a command of the lab");
            }

            return matters;
        }
    }

    /// <summary><c>killed for lack of memory, having used all of its limit of 125 MiB. Raise limits.redis.memory (mine.yaml:12)</c>.</summary>
    public string LackOfMemory => Memory is { } limit
        ? $"killed for lack of memory, having used all of its limit of {limit.Text}. {limit.Fix}"
        : "killed for lack of memory: the machine had no more";

    private ImposedFault? Fault(params FaultKind[] kinds) => Faults.LastOrDefault(fault => kinds.Contains(fault.Kind));

    private string Ended()
    {
        if (NeverStarted)
        {
            return "never started";
        }

        if (Fault(FaultKind.Stopped, FaultKind.Killed) is { } fault)
        {
            return $"{(fault.Kind == FaultKind.Stopped ? "stopped" : "killed")} {fault.Origin}";
        }

        var cause = OutOfMemory
            ? LackOfMemory
            : string.Create(CultureInfo.InvariantCulture, $"not by a command of the lab, exit code {ExitCode}");
        return EndedAt is { } at ? $"ended {ImposedFault.SinceText(at)}: {cause}" : cause;
    }

    // A fault from before the last start is undone, whoever did that.
    private bool Explains(ImposedFault fault) => fault.Kind switch
    {
        FaultKind.Stopped or FaultKind.Killed => Run == PartRun.Ended && !(StartedAt > fault.Since),
        FaultKind.Paused => Run == PartRun.Paused && !(StartedAt > fault.Since),
        _ => CutOff,
    };
}
