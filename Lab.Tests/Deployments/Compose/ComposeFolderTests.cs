using SynapseLab.Deployments.Compose;
using Xunit;

namespace SynapseLab.Tests.Deployments.Compose;

/// <summary>The folder compose/ holds what the code renders for every topology, neither more nor less.</summary>
public sealed class ComposeFolderTests
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static TheoryData<string> Names => KnownTopologies.Names;

    private static string Folder(string topology) => Path.Combine(KnownTopologies.Root, "compose", topology);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_checked_in_project_is_what_the_code_renders(string topology) =>
        Assert.All(ComposeRenderer.RenderProject(KnownTopologies.Build(topology)), file =>
        {
            Snapshot.MatchRepositoryFile(file.Contents, $"compose/{topology}/{file.Path}");
            var path = Path.Combine(Folder(topology), file.Path);
            if (file.Executable && Snapshot.Accepting)
            {
                File.SetUnixFileMode(path, File.GetUnixFileMode(path) | Executable);
            }

            Assert.Equal(file.Executable, File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute));
        });

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_else_is_in_the_checked_in_project(string topology)
    {
        var rendered = ComposeRenderer.RenderProject(KnownTopologies.Build(topology)).Select(file => file.Path).ToHashSet();
        var present = Directory.EnumerateFiles(Folder(topology), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Folder(topology), file))
            .Where(file => !LeftByRunningIt(file));
        Assert.All(present, file => Assert.Contains(file, rendered));
    }

    [Fact]
    public void No_checked_in_project_is_left_over() =>
        Assert.Equal(
            KnownTopologies.Library.Names,
            new DirectoryInfo(Path.Combine(KnownTopologies.Root, "compose"))
                .GetDirectories()
                .Select(folder => folder.Name)
                .Order(StringComparer.Ordinal));

    // What compose/.gitignore names.
    private static bool LeftByRunningIt(string file) =>
        file == ".env"
            || file.Split('/').Intersect(["secrets", "certs"]).Any()
            || (file.StartsWith("media/", StringComparison.Ordinal) && !file.EndsWith("/.keep", StringComparison.Ordinal));
}
