using SynapseLab.Scenarios.Proofs;
using Xunit;

namespace SynapseLab.Tests.Scenarios;

public sealed class CountsTests
{
    [Fact]
    public void Counts_are_told_by_name_without_zeros() =>
        Assert.Equal("a 1, b 2", Counts.Tell(new Dictionary<string, int> { ["b"] = 2, ["a"] = 1, ["c"] = 0 }));

    [Fact]
    public void Nothing_is_told_as_none() => Assert.Equal("none", Counts.Tell(new Dictionary<string, long> { ["a"] = 0 }));

    [Fact]
    public void A_zero_agrees_with_an_absent_count() =>
        Assert.True(Counts.Agree(new Dictionary<string, long> { ["a"] = 1, ["b"] = 0 }, new Dictionary<string, long> { ["a"] = 1 }));

    [Theory]
    [InlineData("a", 2)]
    [InlineData("b", 1)]
    public void Another_count_or_another_name_does_not_agree(string name, long count) =>
        Assert.False(Counts.Agree(new Dictionary<string, long> { ["a"] = 1 }, new Dictionary<string, long> { [name] = count }));
}
