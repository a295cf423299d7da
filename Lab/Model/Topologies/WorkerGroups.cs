using System.Globalization;
using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>The workers of a homeserver, expanded: <c>generic_worker</c> with count 3 is generic_worker1 to generic_worker3.</summary>
internal sealed class WorkerGroups
{
    // 'main' and 'master' are Synapse's names for the main process; the others are containers beside the workers.
    private static readonly string[] Taken = ["main", "master", "postgres", "redis", "proxy"];

    private readonly Dictionary<string, IReadOnlyList<string>> _groups = [];
    private readonly List<DeclaredWorker> _all = [];

    public WorkerGroups(FileProblems problems, string serverName, Packing packing, IReadOnlyList<YamlEntry> entries)
    {
        foreach (var entry in entries)
        {
            // An unknown role was reported; anything will do to go on finding problems.
            var role = entry.Value.Text("role") is { } word && WorkerRoles.Find(word) is { } known ? known : WorkerRoles.All[0];
            var limits = LimitsReader.Read(entry.Value.Child("limits"), problems);
            if (packing == Packing.OneContainer && entry.Value.Child("limits") is { } limited)
            {
                problems.Add(
                    limited.Line,
                    "a worker cannot have limits of its own with 'packing: one-container'",
                    "Limit the container under 'main', or use 'packing: separate'");
            }

            var names = Names(entry.Key, entry.Value.Child("count"));
            _groups[entry.Key] = names;
            _all.AddRange(names.Select(name => new DeclaredWorker(new WorkerTopology(name, entry.Key, role, limits), entry.Line, role.Name == entry.Value.Text("role"))));
        }

        CheckNames(problems);
        if (_all.Count > TopologyShape.MaxWorkersOfHomeserver)
        {
            problems.Add(
                _all[TopologyShape.MaxWorkersOfHomeserver].Line,
                $"a homeserver has at most {TopologyShape.MaxWorkersOfHomeserver} workers, {serverName} has {_all.Count}",
                "Lower some 'count'");
        }
    }

    public IReadOnlyList<DeclaredWorker> All => _all;

    /// <summary>Names that may be used: groups, then instances.</summary>
    public IEnumerable<string> Known => _groups.Keys.Concat(_all.Select(worker => worker.Worker.Name)).Distinct();

    /// <summary>The instances that a name stands for; null: there is none of that name.</summary>
    public IReadOnlyList<string>? Find(string name) =>
        _groups.TryGetValue(name, out var group) ? group
        : _all.Exists(worker => worker.Worker.Name == name) ? [name]
        : null;

    private static IReadOnlyList<string> Names(string group, YamlNode? count)
    {
        if (count is null)
        {
            return [group];
        }

        // A count out of bounds was reported.
        var number = YamlValues.ToValue(count) is long value and >= 1 and <= TopologyShape.MaxWorkersOfHomeserver ? value : 1;
        return [.. Enumerable.Range(1, (int)number).Select(n => group + n.ToString(CultureInfo.InvariantCulture))];
    }

    private void CheckNames(FileProblems problems)
    {
        foreach (var worker in _all.Where(worker => Taken.Contains(worker.Worker.Name)))
        {
            problems.Add(worker.Line, $"the name '{worker.Worker.Name}' belongs to the lab", "Give the worker another name");
        }

        // Host names have no underscores, so a_b and a-b would be the same host.
        foreach (var same in _all.GroupBy(worker => worker.Worker.Name.Replace('_', '-')))
        {
            foreach (var worker in same.Skip(1).DistinctBy(worker => worker.Line))
            {
                var first = same.First();
                problems.Add(worker.Line, worker.Worker.Name == first.Worker.Name
                    ? $"there are two workers '{worker.Worker.Name}', the other is declared on line {first.Line}"
                    : $"'{worker.Worker.Name}' and '{first.Worker.Name}' on line {first.Line} would have the same host name", "Rename one of them");
            }
        }
    }
}

/// <summary>A worker and where it stands in the file.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Line">The line of its group's key.</param>
/// <param name="RoleKnown">Whether it has the role that the file asks for; false: that role does not exist.</param>
internal sealed record DeclaredWorker(WorkerTopology Worker, int Line, bool RoleKnown);
