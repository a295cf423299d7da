using SynapseLab.Tests.LoadTests;
using SynapseLab.Tests.Proxies;
using SynapseLab.Tests.Topologies;
using Xunit;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("SynapseLab.Tests.LongestFirst", "Lab.Tests")]

namespace SynapseLab.Tests;

/// <summary>
/// Classes that take long begin first: begun last, as chance may have it, one of them goes on alone when all others are done.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Long =
        [typeof(ProxyRoutingTests), typeof(AffinitySpreadTests), typeof(MangledTopologyTests), typeof(DriverTests)];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(Rank).ThenBy(collection => collection.UniqueID);

    // A class without a collection of its own is in one that xunit names after it: "Test collection for
    // SynapseLab.Tests.Proxies.ProxyRoutingTests".
    private static int Rank(ITestCollection collection)
    {
        var rank = Array.FindIndex(Long, type => collection.DisplayName.EndsWith($" {type.FullName}", StringComparison.Ordinal));
        return rank < 0 ? Long.Length : rank;
    }
}
