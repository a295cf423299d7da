using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes;

/// <summary>Finds a lab by its name: by the labels of its containers, and by what its folder remembers.</summary>
internal static class LabFinder
{
    /// <summary>Whether what was found counts as the lab.</summary>
    public delegate bool IsThere(IReadOnlyCollection<ContainerSummary> containers, LabState state);

    /// <summary>Finds it.</summary>
    /// <returns>What its folder remembers, and what the engine has under its name.</returns>
    /// <exception cref="LabException">It is not there (exit code 2); the message says how to start one.</exception>
    public static async Task<(LabState State, IReadOnlyList<ContainerSummary> Containers)> FindAsync(
        string labName, LabRoot root, IContainerEngine engine, IsThere isThere, CancellationToken cancellationToken)
    {
        var folder = root.Lab(labName);
        var all = await engine.ListAsync($"{LabLabels.Name}={labName}", cancellationToken);
        if (LabState.Load(folder) is { } state && isThere(LabContainers.Of(folder, all).Values, state))
        {
            return (state, all);
        }

        var elsewhere = all.Select(container => LabLabels.FolderOf(container.Labels)).FirstOrDefault(path => path != folder.Path);
        throw LabException.WrongUse(
            elsewhere is null
                ? $"no lab '{labName}' is running"
                : $"no lab '{labName}' of this checkout is running, but one of {elsewhere}",
            fix: HowToGetOne(root, labName));
    }

    private static string HowToGetOne(LabRoot root, string labName)
    {
        var meant = Spelling.Nearest(labName, root.LabNames.Where(name => name != labName)) is { } near ? $"Did you mean '{near}'? " : "";
        // A lab is called like its topology unless the user says otherwise.
        IEnumerable<string> up = File.Exists(Path.Combine(root.Topologies, $"{labName}.yaml"))
            ? ["up", labName]
            : ["up", "--name", labName];
        return $"{meant}Start it with {ToType.Lab([.. up, "--detach"])}";
    }
}
