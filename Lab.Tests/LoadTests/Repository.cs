using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Tests.LoadTests;

internal static class Repository
{
    public static string Path(params string[] parts) => System.IO.Path.Combine([LabRoot.Find().Path, .. parts]);
}
