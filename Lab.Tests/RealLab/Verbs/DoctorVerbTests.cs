using System.Text.RegularExpressions;
using SynapseLab.Runtimes.Images;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>What doctor says of a machine on which a lab runs.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class DoctorVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    [Fact]
    public async Task Doctor_says_which_images_are_in_use_where_they_come_from_and_which_labs_run()
    {
        var (exitCode, output, error) = await LabProgram.RunAsync("doctor");

        Assert.True(exitCode == 0, output + error);
        var images = new MachineImages(Lab.Root, Lab.Engine).Read();
        Assert.Equal(5, images.Count);
        var origins = new Dictionary<string, string> { ["debian"] = "built from Debian packages", ["registry"] = "from its registry" };
        Assert.All(
            images,
            image => Assert.Matches(
                $@"(?m)^  {image.Part} +{Regex.Escape(image.Reference)} +{Regex.Escape(image.Version)} +{origins[image.Origin]}$",
                output));
        Assert.Matches($@"(?m)^  running .*\b{Lab.Name}\b", output);
        Assert.EndsWith("all is well\n", output, StringComparison.Ordinal);
    }
}
