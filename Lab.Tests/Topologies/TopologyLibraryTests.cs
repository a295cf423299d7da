using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>Topologies by name, on a folder that the test makes.</summary>
public sealed class TopologyLibraryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("topologies");

    public TopologyLibraryTests()
    {
        Write("reference.yaml", "homeservers: {hs1.test: {main: {}}}");
        Write("broken.yaml", "homeservers: {hs1.test: {}}");
    }

    private TopologyLibrary Library => new(_folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Names_are_sorted() => Assert.Equal(["broken", "reference"], Library.Names);

    [Fact]
    public void A_topology_is_loaded_by_its_name() => Assert.Equal("reference", Library.Load("reference").Name);

    [Fact]
    public void A_topology_is_loaded_by_its_path() =>
        Assert.Equal("reference", Library.Load(Path.Combine(_folder.FullName, "reference.yaml")).Name);

    [Fact]
    public void An_unknown_name_is_wrong_use_and_shows_the_nearest()
    {
        var error = Assert.Throws<LabException>(() => Library.Load("referense"));
        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Equal("there is no topology 'referense'. Did you mean 'reference'?", Assert.Single(error.Problems).ToString());
    }

    [Fact]
    public void A_name_unlike_any_other_shows_all() =>
        Assert.Equal(
            "there is no topology 'x'. Known: broken, reference",
            Assert.Single(Assert.Throws<LabException>(() => Library.Load("x")).Problems).ToString());

    [Fact]
    public void A_path_to_nothing_is_wrong_use() =>
        Assert.Equal(
            "no/such.yaml: there is no such file. Name a file, or one of: broken, reference",
            Assert.Single(Assert.Throws<LabException>(() => Library.Load("no/such.yaml")).Problems).ToString());

    [Fact]
    public void A_file_with_problems_is_wrong_use_and_shows_them_with_their_lines()
    {
        var error = Assert.Throws<LabException>(() => Library.Load("broken"));
        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Equal(
            $"{_folder.Name}/broken.yaml:1: the homeserver has no main process. Add 'main: {{}}'",
            Assert.Single(error.Problems).ToString());
    }

    [Fact]
    public void A_file_without_end_is_refused()
    {
        var link = Path.Combine(_folder.FullName, "endless.yaml");
        File.CreateSymbolicLink(link, "/dev/zero");
        Assert.Contains("larger than 256 KiB", Assert.Throws<LabException>(() => Library.Load(link)).Message, StringComparison.Ordinal);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
