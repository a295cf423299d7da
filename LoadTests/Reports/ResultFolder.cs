using System.Text;

namespace SynapseLab.LoadTests.Reports;

/// <summary>
/// The folder of a result, <c>artifacts/load/20261121-070500-chat</c>: result.json, samples.csv, profile.yaml, topology.yaml, environment.json, index.html.
/// Every file has its name only when it is whole.
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
        var path = System.IO.Path.Combine(root, name);
        for (var i = 2; Directory.Exists(path); i++)
        {
            path = System.IO.Path.Combine(root, $"{name}-{i}");
        }

        try
        {
            Directory.CreateDirectory(path);
            var folder = new ResultFolder(path);
            File.WriteAllBytes(folder._reserve, new byte[ReservedBytes]);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(path, Directory.Exists(path));
            throw LabException.Failed($"the folder for the result cannot be made: {e.Message.TrimEnd('.')}", path, "Free space or rights there, then run again", e);
        }
    }

    /// <summary>Writes a file under a temporary name and then gives it its own, so that it is whole or not there.</summary>
    /// <exception cref="LabException">The disk is full, or there is no right to write (exit code 1).</exception>
    public void Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        var temporary = file + ".part";
        try
        {
            File.Delete(_reserve);
            File.WriteAllText(temporary, text, new UTF8Encoding(false));
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw LabException.Failed($"{name} was not written: {e.Message.TrimEnd('.')}", Path, "The files that are there are whole. Free space and run again", e);
        }
    }

    private static void TryDelete(string path, bool isFolder = false)
    {
        try
        {
            if (isFolder)
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The temporary name says that it is no result.
        }
    }
}
