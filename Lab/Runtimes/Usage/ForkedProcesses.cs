using SynapseLab.Deployments;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Usage;

/// <summary>
/// CPU time of Synapse processes that share a container (<see cref="ContainerKind.Homeserver"/>), as the kernel counts it:
/// the engine knows the container alone. They are children of the container's first process,
/// the launcher (images/synapse/fork_launcher.py).
/// </summary>
public sealed class ForkedProcesses
{
    private readonly ProcessTable _table;
    private readonly IReadOnlyDictionary<string, int> _pids;

    private ForkedProcesses(ProcessTable table, IReadOnlyDictionary<string, int> pids) => (_table, _pids) = (table, pids);

    /// <summary>Their ids in the lab.</summary>
    public IEnumerable<string> Ids => _pids.Keys;

    /// <summary>Finds those of one container.</summary>
    /// <param name="launcher">The container's first process, on this machine.</param>
    /// <param name="numbers">The processes that run: id in the lab, and number in the container, as the launcher knows it.</param>
    /// <param name="table">The processes of this machine.</param>
    /// <returns>None of those that cannot be seen from here: the container may run on another machine.</returns>
    public static ForkedProcesses Find(int launcher, IReadOnlyDictionary<string, int> numbers, ProcessTable table)
    {
        var pids = table
            .ChildrenOf(launcher)
            .Select(pid => (Pid: pid, Number: table.NumberInContainer(pid)))
            .Where(child => child.Number is not null)
            .ToDictionary(child => child.Number!.Value, child => child.Pid);
        return new ForkedProcesses(
            table,
            numbers.Where(process => pids.ContainsKey(process.Value)).ToDictionary(process => process.Key, process => pids[process.Value]));
    }

    /// <summary>CPU time of each since its start, in nanoseconds; a process that has ended is left out.</summary>
    public IReadOnlyDictionary<string, long> Read()
    {
        var used = new Dictionary<string, long>();
        foreach (var (id, pid) in _pids)
        {
            if (_table.TimesOf(pid) is { } times)
            {
                used[id] = times.Cpu * ProcessTimes.NanosecondsPerTick;
            }
        }

        return used;
    }
}
