using SynapseLab.Deployments;

namespace SynapseLab.Runtimes.Machine;

/// <summary>
/// CPU time of Synapse processes that share a container (<see cref="ContainerKind.Homeserver"/>), as the kernel counts it: the engine knows the
/// container alone. The container's first process forks them in the order of the deployment, and ends when one of them ends
/// (images/synapse/fork_launcher.py).
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
    /// <param name="ids">Ids of the processes in the lab, in the order of the deployment.</param>
    /// <param name="table">The processes of this machine.</param>
    /// <returns>None where the container runs on another machine, or not all of them have been forked.</returns>
    public static ForkedProcesses Find(int launcher, IReadOnlyList<string> ids, ProcessTable table)
    {
        // Orphans of others come after them: the first process of a container inherits those.
        var children = table.ChildrenOf(launcher);
        return new ForkedProcesses(table, children.Count < ids.Count ? new Dictionary<string, int>() : ids.Zip(children).ToDictionary(pair => pair.First, pair => pair.Second));
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
