using SynapseLab.LoadTests.Measurement;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_percentile_is_never_below_the_value_and_at_most_0_8_percent_above_it()
    {
        for (long value = 1; value < 4_000_000_000_000; value = (value * 17 / 16) + 1)
        {
            var histogram = new LatencyHistogram();
            histogram.Record(value);
            histogram.Record(long.MaxValue);
            var read = histogram.Percentile(50).TotalNanoseconds;
            Assert.InRange(read, value, (value * (1 + (1 / 128.0))) + 100);
        }
    }

    [Fact]
    public void Percentiles_of_one_to_a_thousand_milliseconds_are_their_ranks()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1000; i >= 1; i--)
        {
            histogram.Record(i * 1_000_000L);
        }

        Assert.Equal(1000, histogram.Count);
        Assert.InRange(histogram.Percentile(50).TotalMilliseconds, 500, 504);
        Assert.InRange(histogram.Percentile(95).TotalMilliseconds, 950, 958);
        Assert.InRange(histogram.Percentile(99.9).TotalMilliseconds, 999, 1000);
        Assert.Equal(1000, histogram.Percentile(100).TotalMilliseconds);
        Assert.Equal(1, histogram.Min.TotalMilliseconds);
        Assert.Equal(1000, histogram.Max.TotalMilliseconds);
        Assert.Equal(500.5, histogram.Mean.TotalMilliseconds, 3);
    }

    [Fact]
    public void Adding_histograms_gives_what_one_would_have_counted()
    {
        var random = new Random(1);
        var (left, right, both) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        for (var i = 0; i < 5000; i++)
        {
            var value = (long)Math.Exp(random.NextDouble() * 25);
            (i % 3 == 0 ? left : right).Record(value);
            both.Record(value);
        }

        left.Add(right);

        Assert.Equal(both.NonEmpty(), left.NonEmpty());
        Assert.Equal((both.Count, both.Min, both.Max, both.Mean), (left.Count, left.Min, left.Max, left.Mean));
    }

    [Fact]
    public void What_lies_outside_of_the_range_counts_at_its_ends()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);
        histogram.Record(long.MaxValue);
        Assert.Equal(TimeSpan.Zero, histogram.Min);
        Assert.InRange(histogram.Max.TotalHours, 2.4, 2.5);
        Assert.Equal(2, histogram.NonEmpty().Sum(bucket => bucket.Count));
    }

    [Fact]
    public void An_empty_histogram_reads_zero()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(
            (0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero),
            (histogram.Count, histogram.Min, histogram.Max, histogram.Mean, histogram.Percentile(99)));
    }

    [Fact]
    public void A_cleared_histogram_counts_from_zero()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(1_000_000);
        histogram.Clear();
        histogram.Record(2_000_000);
        Assert.Equal((1, 2.0, 2.0), (histogram.Count, histogram.Min.TotalMilliseconds, histogram.Percentile(100).TotalMilliseconds));
    }
}
