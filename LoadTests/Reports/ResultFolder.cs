using System.Text;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.LoadTests.Reports;

/// <summary>
/// The folder of a result, <c>artifacts/load/20261121-070500-chat</c>: result.json, samples.csv, profile.yaml, topology.yaml,
/// environment.json, index.html. Every file has its name only when it is whole.
/// </summary>
public sealed class ResultFolder
{
    /// <summary>Name of the file of samples.</summary>
    public const string Samples = "samples.csv";

    // Room for everything but the samples, held from the beginning: samples that fill the disk must not cost the numbers.
    private const int ReservedBytes = 1024 * 1024;
    private readonly string _reserve;

    private ResultFolder(string path)
    {
        Path = path;
        _reserve = System.IO.Path.Combine(path, "reserve.part");
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Makes a new folder.</summary>
    /// <param name="root">Folder of all results.</param>
    /// <param name="profile">Name of the profile.</param>
    /// <param name="now">The time, part of the name.</param>
    /// <exception cref="LabException">It cannot be made, or the disk has no room for a result (exit code 1).</exception>
    public static ResultFolder Create(string root, string profile, DateTimeOffset now)
    {
        var name = $"{now.UtcDateTime:yyyyMMdd-HHmmss}-{profile}";
        for (var i = 1; ; i++)
        {
            var path = System.IO.Path.Combine(root, i == 1 ? name : $"{name}-{i}");
            if (System.IO.Path.Exists(path))
            {
                continue;
            }

            var folder = new ResultFolder(path);
            var (made, reserved) = (false, false);
            try
            {
                Directory.CreateDirectory(path);
                made = true;

                // Only one run can make this file: another one may have chosen the same name in the same moment.
                using var reserve = new FileStream(folder._reserve, FileMode.CreateNew);
                reserved = true;
                reserve.Write(new byte[ReservedBytes]);
                return folder;
            }
            catch (IOException) when (!reserved && File.Exists(folder._reserve))
            {
                // Theirs; the next name.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (reserved)
                {
                    TryDelete(folder._reserve);
                }

                if (made)
                {
                    TryDeleteEmpty(path);
                }

                var problem = $"the folder for the result cannot be made: {e.Message.TrimEnd('.')}";
                throw LabException.Failed(problem, path, "Free space or rights there, then run again", e);
            }
        }
    }

    /// <summary>Writes a file under a temporary name and then gives it its own, so that it is whole or not there.</summary>
    /// <exception cref="LabException">The disk is full, or there is no right to write (exit code 1).</exception>
    public void Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        try
        {
            File.Delete(_reserve);
            AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var problem = $"{name} was not written: {e.Message.TrimEnd('.')}";
            throw LabException.Failed(problem, Path, "The files that are there are whole. Free space and run again", e);
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The temporary name says that it is no result.
        }
    }

    private static void TryDeleteEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody has put something there, and it is not for us to delete.
        }
    }
}
