using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Runtimes;

/// <summary>Labels on every container, network and volume of a lab. They are how a running lab is found again, whatever runtime started it.</summary>
public static class LabLabels
{
    /// <summary>The lab's name.</summary>
    public const string Name = "synapse-lab.name";

    /// <summary>The container's name in the deployment: <c>generic_worker1</c>.</summary>
    public const string Container = "synapse-lab.container";

    /// <summary>What the container is, see <see cref="Deployments.ContainerKind"/>.</summary>
    public const string Kind = "synapse-lab.kind";

    /// <summary>The lab's folder on this machine, where the runtime has no label of its own that says so.</summary>
    public const string Folder = "synapse-lab.folder";

    // Docker Compose's own label: the folder of the file that a container was started from.
    private const string ComposeFolder = "com.docker.compose.project.working_dir";

    /// <summary>The folder of the lab that a container belongs to; null where no label says it.</summary>
    public static string? FolderOf(ContainerSummary container) =>
        container.Labels.GetValueOrDefault(Folder) ?? container.Labels.GetValueOrDefault(ComposeFolder);

    /// <summary>Name of the lab's network, its Compose project, and the start of its containers' names.</summary>
    public static string Project(string labName) => $"synapse-lab-{labName}";
}
