using SynapseLab.Runtimes.OptionalPackages;
using Xunit;

namespace SynapseLab.Tests.Build;

public sealed class OptionalPackageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("synapse-lab-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_labs_own_assembly_says_whether_it_was_built_with_Testcontainers()
    {
        var package = Assert.Single(OptionalPackage.ReadFrom(typeof(LabException).Assembly.Location));

        Assert.Equal("Testcontainers", package.Name);
        Assert.True(package.Version is null != package.Reason is null, $"version '{package.Version}', reason '{package.Reason}'");
    }

    [Fact]
    public void An_assembly_without_optional_packages_says_nothing() =>
        Assert.Empty(OptionalPackage.ReadFrom(typeof(FactAttribute).Assembly.Location));

    [Fact]
    public void An_assembly_that_is_not_there_says_nothing() =>
        Assert.Empty(OptionalPackage.ReadFrom(Path.Combine(_folder.FullName, "AppHost.dll")));

    [Fact]
    public async Task A_package_that_no_source_has_is_done_without_and_the_reason_remembered()
    {
        var project = new ProjectWithOptionalPackage(_folder);

        Assert.Equal((0, "absent: NU1101 Unable to find package NBomber"), await project.BuildAndRunAsync());
        Assert.Equal("false", project.RememberedAnswer());
    }

    [Fact]
    public async Task A_package_that_a_source_has_is_in_use_after_one_build_from_an_empty_packages_folder()
    {
        var project = new ProjectWithOptionalPackage(_folder);
        project.PublishPackage("NBomber", "4.1.2");

        Assert.Equal((0, "4.1.2 HAVE_NBOMBER"), await project.BuildAndRunAsync());
    }

    [Fact]
    public async Task A_package_that_is_switched_off_is_done_without_even_where_a_source_has_it()
    {
        var project = new ProjectWithOptionalPackage(_folder);
        project.PublishPackage("NBomber", "4.1.2");

        Assert.Equal((0, "absent: switched off"), await project.BuildAndRunAsync("-p:LabNBomber=off"));
    }

    [Fact]
    public async Task A_package_that_is_switched_on_and_that_no_source_has_ends_the_build_with_NuGets_own_words()
    {
        var (exitCode, output) = await new ProjectWithOptionalPackage(_folder).BuildAndRunAsync("-p:LabNBomber=on");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("NU1101: Unable to find package NBomber", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_that_is_no_switch_ends_the_build_and_the_message_lists_those_there_are()
    {
        var (exitCode, output) = await new ProjectWithOptionalPackage(_folder).BuildAndRunAsync("-p:LabNBomber=maybe");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("Give LabNBomber or LAB_NBOMBER one of: auto, on, off, probe.", output, StringComparison.Ordinal);
    }
}
