using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>Reads topologies that stand in a test.</summary>
internal static class TopologyText
{
    public static Topology Read(string text)
    {
        var result = TopologyFile.Parse("my.yaml", text);
        Assert.Empty(result.Problems);
        return result.Topology!;
    }

    public static IReadOnlyList<string> Problems(string text)
    {
        var result = TopologyFile.Parse("my.yaml", text);
        Assert.Null(result.Topology);
        Assert.NotEmpty(result.Problems);
        return [.. result.Problems.Select(problem => problem.ToString())];
    }
}
