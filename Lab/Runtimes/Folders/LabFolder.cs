using SynapseLab.Conventions;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Folders;

/// <summary>The folder of one lab, <c>.lab/labs/NAME</c>, readable by its owner only. Holds rendered files, secrets, state and logs;
/// removed with the lab.</summary>
/// <param name="Path">Absolute path.</param>
public sealed record LabFolder(string Path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Open = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Six hexadecimal digits that tell this folder from others in names that are unique on a machine.</summary>
    public string Mark => PathMark.Of(Path);

    /// <summary>Whether something with these labels belongs to the lab of this folder, see <see cref="LabLabels"/>.</summary>
    public bool Owns(IReadOnlyDictionary<string, string> labels) => LabLabels.FolderOf(labels) == Path;

    /// <summary>Absolute path of a file of the lab.</summary>
    /// <param name="relative">With slashes: <c>hs1/homeserver.yaml</c>.</param>
    public string File(string relative) => System.IO.Path.Combine(Path, relative);

    /// <summary>Makes the lab's folder, readable by the owner only (0700). Does nothing where it is.</summary>
    public void Create() => Directory.CreateDirectory(Path, OwnerOnly);

    /// <summary>Makes the folder that a file lies in.</summary>
    /// <param name="relative">Path of the file.</param>
    /// <param name="ownerOnly">0700 rather than 0755. Inside the lab's folder 0755 opens nothing on this machine;
    /// it lets a program in a container that drops to its own user read what is mounted.</param>
    public void CreateFolderOf(string relative, bool ownerOnly = false)
    {
        Create();
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(relative))!, ownerOnly ? OwnerOnly : Open);
    }

    /// <summary>Removes the folders in a folder of the lab, with everything in them; files beside them stay.</summary>
    /// <param name="relative">Path of the folder; it need not be there.</param>
    public void DeleteFoldersIn(string relative)
    {
        foreach (var folder in Directory.Exists(File(relative)) ? Directory.EnumerateDirectories(File(relative)) : [])
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Removes the folder with everything in it. Does nothing where it is not, or where somebody else removes it:
    /// an AppHost that ends and <c>./lab down</c>.</summary>
    public void Delete()
    {
        const int Tries = 100;
        for (var tries = 1; Directory.Exists(Path); tries++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (DirectoryNotFoundException) when (tries < Tries)
            {
                // Somebody else was faster with a part of it; what is left is looked for again.
            }
        }
    }
}
