using SynapseLab.Testcontainers;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Testcontainers;

public sealed class SynapseLabBuilderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SynapseLabBuilder Builder => new SynapseLabBuilder().WithFolder(_folder.Path);

    [Fact]
    public void The_topologies_of_the_lab_come_with_the_package()
    {
        Builder.WithTopology("sharded").Build();

        var own = new TopologyLibrary(_folder.File("topologies")).Names;
        Assert.Equal(new TopologyLibrary(SynapseLab.Runtimes.Folders.LabRoot.Find().Topologies).Names, own);
    }

    [Fact]
    public void A_builder_is_not_changed_by_what_is_asked_of_it()
    {
        var builder = Builder.WithName("mine");

        Assert.NotSame(builder, builder.WithName("other"));
        Assert.Equal("mine", builder.Build().Name);
    }

    [Fact]
    public void Two_labs_without_a_name_have_different_ones() => Assert.NotEqual(Builder.Build().Name, Builder.Build().Name);

    [Fact]
    public void A_topology_that_nobody_knows_is_told_with_those_there_are() =>
        Assert.Contains(
            "there is no topology 'refrence'. Did you mean 'reference'?",
            Refused(Builder.WithTopology("refrence")),
            StringComparison.Ordinal);

    [Fact]
    public void A_mistake_in_a_topology_is_told_with_file_and_line()
    {
        File.WriteAllText(_folder.File("mine.yaml"), "homeservers:\n  hs1.test:\n    main: {}\n    wrokers: {}\n");

        Assert.StartsWith(
            $"{_folder.File("mine.yaml")}:4: ",
            Refused(Builder.WithTopology(_folder.File("mine.yaml"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_proxy_that_nobody_knows_is_told_with_those_there_are() =>
        Assert.Equal("unknown proxy 'caddy'. Use one of: nginx, haproxy", Refused(Builder.WithProxy("caddy")));

    [Fact]
    public void A_name_that_can_t_be_one_is_told() =>
        Assert.StartsWith("'Mine!' can't be the name of a lab", Refused(Builder.WithName("Mine!")), StringComparison.Ordinal);

    [Fact]
    public void Before_its_start_there_is_no_address() => Assert.Throws<InvalidOperationException>(() => Builder.Build().ClientUri());

    public void Dispose() => _folder.Dispose();

    private static string Refused(SynapseLabBuilder builder) => Assert.Throws<LabException>(builder.Build).Problems[0].ToString();
}
