namespace SynapseLab.Tests.LoadTests;

internal static class Repository
{
    public static string Path(params string[] parts)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder!.FullName, "Lab.sln")))
        {
            folder = folder.Parent;
        }

        return System.IO.Path.Combine([folder.FullName, .. parts]);
    }
}
