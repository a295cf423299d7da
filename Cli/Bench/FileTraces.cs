using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Cli.Bench;

/// <summary>
/// Finds files that a lab leaves: in its own folder, elsewhere in the checkout, and where programs put what they need for a while. Its
/// programs are given a folder of their own for that (<see cref="Environment"/>), because in the system's one everybody's files lie.
/// </summary>
internal sealed class FileTraces : IDisposable
{
    // Made by builds and by git, whatever labs do.
    private static readonly string[] NotOfLabs = [".git", "bin", "obj", "artifacts"];

    private readonly LabRoot _root;
    private readonly string _temporary = Directory.CreateTempSubdirectory("lab-bench-").FullName;
    private readonly HashSet<string> _before;

    /// <summary>Looks at what is there before the lab.</summary>
    public FileTraces(LabRoot root)
    {
        _root = root;
        // Made by the first ./lab up and never removed: they belong to the checkout.
        _before = [.. Files(), root.LabsFolder, Path.Combine(root.StateFolder, "start.lock")];
    }

    /// <summary>What programs under observation need in their environment.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["TMPDIR"] = _temporary };

    /// <summary>Files and folders that were not there before: <c>file /checkout/.lab/labs/x/lab.json</c>.</summary>
    public IReadOnlyList<string> Left() =>
    [
        .. Files().Except(_before)
            .Concat(Directory.EnumerateFileSystemEntries(_temporary))
            .Order(StringComparer.Ordinal)
            .Select(file => $"file {file}"),
    ];

    public void Dispose() => Directory.Delete(_temporary, recursive: true);

    private IEnumerable<string> Files()
    {
        var folders = new Stack<string>([_root.Path]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                yield return entry.FullName;
                if (entry is DirectoryInfo { LinkTarget: null } && !NotOfLabs.Contains(entry.Name))
                {
                    folders.Push(entry.FullName);
                }
            }
        }
    }
}
