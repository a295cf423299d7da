namespace SynapseLab.Conventions;

/// <summary>
/// Labels on every container, network and volume of a lab. They are how a running lab is found again, whatever runtime started it,
/// and how it is told from another checkout's of the same name: nothing is removed that does not say that it is of the lab's folder.
/// </summary>
public static class LabLabels
{
    /// <summary>The lab's name.</summary>
    public const string Name = "synapse-lab.name";

    /// <summary>The container's name in the deployment: <c>generic_worker1</c>.</summary>
    public const string Container = "synapse-lab.container";

    /// <summary>What the container is, see <c>ContainerKind</c>.</summary>
    public const string Kind = "synapse-lab.kind";

    /// <summary>The lab's folder on this machine.</summary>
    public const string Folder = "synapse-lab.folder";

    // Docker Compose's own label: the folder of the file that a container was started from.
    private const string ComposeFolder = "com.docker.compose.project.working_dir";

    /// <summary>The folder of the lab that something with these labels belongs to; null where no label says it,
    /// as on what <c>docker compose up</c> makes in compose/ by hand.</summary>
    public static string? FolderOf(IReadOnlyDictionary<string, string> labels) =>
        new[] { Folder, ComposeFolder }
            .Select(label => labels.GetValueOrDefault(label))
            .FirstOrDefault(folder => !string.IsNullOrEmpty(folder));

    /// <summary>Name of the lab's network, and the start of its containers' names.</summary>
    public static string Project(string labName) => $"synapse-lab-{labName}";
}
