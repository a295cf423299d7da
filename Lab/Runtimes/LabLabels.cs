using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Runtimes;

/// <summary>
/// Labels on every container, network and volume of a lab. They are how a running lab is found again, whatever runtime started it, and how it is told
/// from another checkout's of the same name: nothing is removed that does not say that it is of the lab's folder.
/// </summary>
public static class LabLabels
{
    /// <summary>The lab's name.</summary>
    public const string Name = "synapse-lab.name";

    /// <summary>The container's name in the deployment: <c>generic_worker1</c>.</summary>
    public const string Container = "synapse-lab.container";

    /// <summary>What the container is, see <see cref="Deployments.ContainerKind"/>.</summary>
    public const string Kind = "synapse-lab.kind";

    /// <summary>The lab's folder on this machine.</summary>
    public const string Folder = "synapse-lab.folder";

    // Docker Compose's own label: the folder of the file that a container was started from.
    private const string ComposeFolder = "com.docker.compose.project.working_dir";

    /// <summary>The folder of the lab that something with these labels belongs to; null where no label says it, as on what <c>docker compose up</c> makes in compose/ by hand.</summary>
    public static string? FolderOf(IReadOnlyDictionary<string, string> labels) =>
        new[] { Folder, ComposeFolder }.Select(label => labels.GetValueOrDefault(label)).FirstOrDefault(folder => !string.IsNullOrEmpty(folder));

    /// <summary>Whether something with these labels belongs to the lab of a folder.</summary>
    public static bool AreOf(LabFolder folder, IReadOnlyDictionary<string, string> labels) => FolderOf(labels) == folder.Path;

    /// <summary>Names of the labs of a checkout among some containers, each once, in order.</summary>
    public static IReadOnlyList<string> NamesOf(LabRoot root, IEnumerable<ContainerSummary> containers) =>
    [
        .. containers.Select(container => container.Labels)
            .Where(labels => labels.TryGetValue(Name, out var name) && AreOf(root.Lab(name), labels))
            .Select(labels => labels[Name])
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Name of the lab's network, and the start of its containers' names.</summary>
    public static string Project(string labName) => $"synapse-lab-{labName}";
}
