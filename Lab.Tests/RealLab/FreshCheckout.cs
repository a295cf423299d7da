using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Tests.RealLab;

/// <summary>A checkout in which nothing runs: links to what this one is built from, and a state of its own.</summary>
internal static class FreshCheckout
{
    /// <summary>Makes it.</summary>
    /// <param name="folder">Where; made where it is not there.</param>
    public static void Make(string folder)
    {
        var root = LabRoot.Find();
        Directory.CreateDirectory(Path.Combine(folder, ".lab"));
        foreach (var part in new[] { "lab", "topologies", "profiles", "eng", "images" })
        {
            File.CreateSymbolicLink(Path.Combine(folder, part), Path.Combine(root.Path, part));
        }

        File.Copy(root.ImagesFile, new LabRoot(folder).ImagesFile);
    }
}
