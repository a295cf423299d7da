using System.Xml.Linq;
using SynapseLab.Deployments.Pictures;
using Xunit;

namespace SynapseLab.Tests.Deployments.Pictures;

/// <summary>The picture of a deployment, as the README and reports show it.</summary>
public sealed class DeploymentPictureTests
{
    public static TheoryData<string> Names => KnownTopologies.Names;

    [Fact]
    public void The_picture_in_the_readme_is_what_the_reference_deploys() =>
        Snapshot.MatchRepositoryFile(DeploymentPicture.Render(KnownTopologies.Build("reference")), "docs/reference.svg");

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_process_is_in_the_picture_by_name(string topology)
    {
        var deployment = KnownTopologies.Build(topology);
        var texts = Parse(DeploymentPicture.Render(deployment))
            .Descendants()
            .Where(element => element.Name.LocalName == "text")
            .Select(text => text.Value)
            .ToArray();
        Assert.All(deployment.Processes, process => Assert.Contains(texts, text => text.Contains(process.Name, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_outside_the_picture_is_needed_to_show_it(string topology)
    {
        var svg = Parse(DeploymentPicture.Render(KnownTopologies.Build(topology)));
        Assert.NotNull(svg.Root!.Attribute("viewBox"));
        Assert.DoesNotContain(svg.Descendants(), element => element.Name.LocalName is "script" or "style" or "image" or "link");
        Assert.DoesNotContain(svg.Descendants().Attributes(), attribute => attribute.Name.LocalName == "href");
    }

    [Fact]
    public void A_busy_process_looks_different_from_an_idle_one()
    {
        var deployment = KnownTopologies.Build("reference");
        var idle = DeploymentPicture.Render(deployment, new Dictionary<string, double> { ["generic_worker1"] = 0.01 });
        var busy = DeploymentPicture.Render(deployment, new Dictionary<string, double> { ["generic_worker1"] = 0.95 });
        Assert.NotEqual(idle, busy);
        Assert.NotEqual(DeploymentPicture.Render(deployment), idle);
    }

    private static XDocument Parse(string svg) => XDocument.Parse(svg);
}
