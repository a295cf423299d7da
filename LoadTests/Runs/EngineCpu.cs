using SynapseLab.Runtimes.Machine;

namespace SynapseLab.LoadTests.Runs;

/// <summary>
/// CPU time of the container engine's own processes, where they run on this machine. It forwards ports and logs, and where the kernel's
/// accounts cannot be seen (<see cref="UsageSampler.AsksEngine"/>) it answers the lab's readings of usage too, whose cost cannot be told
/// from the rest.
/// </summary>
/// <param name="processes">The processes of this machine.</param>
internal sealed class EngineCpu(ProcessTable processes)
{
    // Names are cut after 15 characters: containerd-shim-runc-v2 is one of them. Time of their children is left out: the health checks that
    // a shim has run are in the container's account already.
    private static readonly HashSet<string> Programs =
        new(StringComparer.Ordinal) { "dockerd", "containerd", "containerd-shim", "docker-proxy", "podman", "conmon" };
    private Dictionary<int, long> _before = [];

    /// <summary>The reading to count from.</summary>
    public void Begin() => _before = Read();

    /// <summary>Seconds since <see cref="Begin"/>; null where no process of an engine can be seen.</summary>
    public double? End()
    {
        var now = Read();
        var ticks = now.Sum(process => process.Value - _before.GetValueOrDefault(process.Key));
        return now.Count == 0 ? null : ticks * ProcessTimes.NanosecondsPerTick / 1e9;
    }

    private Dictionary<int, long> Read() => processes.Times()
        .Where(process => Programs.Contains(process.Name))
        .ToDictionary(process => process.Pid, process => process.Cpu);
}
