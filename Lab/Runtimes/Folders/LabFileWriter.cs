using System.Text;
using SynapseLab.Plans;

namespace SynapseLab.Runtimes.Folders;

/// <summary>Writes the rendered files of a deployment into the lab's folder.</summary>
public static class LabFileWriter
{
    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Script = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Writes every file. The folder itself is the owner's only, so that the files may be read by all: a container whose
    /// program drops to its own user (Postgres) reads them through its mount.</summary>
    public static void Write(LabFolder folder, IEnumerable<LabFile> files)
    {
        foreach (var file in files)
        {
            folder.CreateFolderOf(file.Path);
            var path = folder.File(file.Path);
            File.WriteAllText(path, file.Contents, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.SetUnixFileMode(path, file.Executable ? Script : Plain);
        }
    }
}
