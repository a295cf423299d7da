using SynapseLab.Deployments.Compose;
using Xunit;

namespace SynapseLab.Tests.Deployments;

/// <summary>The folder compose/ holds what the code renders for every topology, neither more nor less.</summary>
public sealed class ComposeFolderTests
{
    public static TheoryData<string> Names => KnownTopologies.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void The_checked_in_project_is_what_the_code_renders(string topology)
    {
        var files = ComposeRenderer.RenderProject(KnownTopologies.Build(topology));
        Assert.All(files, file => Snapshot.MatchRepositoryFile(file.Contents, $"compose/{topology}/{file.Path}"));
    }

    [Fact]
    public void No_checked_in_project_is_left_over()
    {
        var compose = new DirectoryInfo(Path.Combine(KnownTopologies.Root, "compose"));
        Assert.Equal(KnownTopologies.Library.Names, compose.GetDirectories().Select(folder => folder.Name).Order(StringComparer.Ordinal));
    }
}
