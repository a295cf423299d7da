using SynapseLab.Numbers;
using Xunit;

namespace SynapseLab.Tests.Numbers;

public sealed class MediansTests
{
    [Theory]
    [InlineData(3, new double[] { 4, 1, 3 })]
    [InlineData(2.5, new double[] { 4, 1, 3, 2 })]
    [InlineData(double.NaN, new double[0])]
    public void The_median_of_an_even_number_lies_between_the_two_in_the_middle(double median, double[] values) => Assert.Equal(median, values.Median());

    [Fact]
    public void The_run_that_is_nearest_to_the_median_is_taken_whole() =>
        Assert.Equal("middle", new[] { ("slow", 9.0), ("fast", 1.0), ("middle", 2.0) }.NearestToMedian(run => run.Item2).Item1);
}
