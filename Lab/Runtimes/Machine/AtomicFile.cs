namespace SynapseLab.Runtimes.Machine;

/// <summary>Files that are whole or not there: written under a name of their own beside it,
/// which then takes the place of the old one (rename(2)).</summary>
public static class AtomicFile
{
    /// <summary>Writes a file in one step: a reader sees the old one or the new one, also where two write it at once.</summary>
    /// <param name="path">The file; its folder is there.</param>
    /// <param name="write">Writes its contents.</param>
    /// <param name="ownerOnly">Whether nobody else may read it (0600).</param>
    /// <exception cref="IOException">The disk is full, or the file cannot be made; the old one stays, and nothing beside it.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no right to write there.</exception>
    public static void Write(string path, Action<Stream> write, bool ownerOnly = false)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (ownerOnly)
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var unfinished = $"{path}.{Guid.NewGuid():n}.part";
        try
        {
            using (var stream = new FileStream(unfinished, options))
            {
                write(stream);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }
}
