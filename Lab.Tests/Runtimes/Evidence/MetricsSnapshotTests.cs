using SynapseLab.Runtimes.Evidence;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Evidence;

public sealed class MetricsSnapshotTests
{
    private const string Text = """
        # HELP synapse_http_server_requests_received_total
        # TYPE synapse_http_server_requests_received_total counter
        synapse_http_server_requests_received_total{method="GET",servlet="SyncRestServlet",server_name="hs1.test"} 12.0
        synapse_http_server_requests_received_total{method="PUT",servlet="RoomSendEventRestServlet",server_name="hs1.test"} 3.0
        process_cpu_seconds_total 1.75
        odd{text="a \"quoted\" } and \\ and \n",other="x"} 1e+06
        histogram_bucket{le="+Inf"} 4.0
        limits +Inf
        not a metric at all{
        """;

    [Fact]
    public void A_sum_takes_the_samples_that_carry_all_given_labels()
    {
        var metrics = MetricsSnapshot.Parse(Text);

        Assert.Equal(15, metrics.Sum("synapse_http_server_requests_received_total"));
        Assert.Equal(12, metrics.Sum("synapse_http_server_requests_received_total", ("servlet", "SyncRestServlet")));
        Assert.Equal(0, metrics.Sum("synapse_http_server_requests_received_total", ("servlet", "SyncRestServlet"), ("method", "PUT")));
    }

    [Fact]
    public void A_metric_that_is_not_there_sums_to_zero() => Assert.Equal(0, MetricsSnapshot.Parse(Text).Sum("synapse_unheard_of_total"));

    [Fact]
    public void A_metric_without_labels_is_read() => Assert.Equal(1.75, MetricsSnapshot.Parse(Text).Sum("process_cpu_seconds_total"));

    [Fact]
    public void Quotes_braces_and_line_ends_in_a_label_are_its_own()
    {
        var sample = Assert.Single(MetricsSnapshot.Parse(Text).Samples("odd"));

        Assert.Equal("a \"quoted\" } and \\ and \n", sample.Labels["text"]);
        Assert.Equal("x", sample.Labels["other"]);
        Assert.Equal(1_000_000, sample.Value);
    }

    [Fact]
    public void Infinity_is_a_value() => Assert.Equal(double.PositiveInfinity, MetricsSnapshot.Parse(Text).Sum("limits"));

    [Fact]
    public void A_line_that_is_none_is_left_out() =>
        Assert.DoesNotContain(MetricsSnapshot.Parse(Text).Names, name => name.StartsWith("not", StringComparison.Ordinal));

    [Fact]
    public void A_difference_is_taken_sample_by_sample_and_a_new_sample_counts_from_zero()
    {
        var before = MetricsSnapshot.Parse("a{x=\"1\"} 5\na{x=\"2\"} 7\n");
        var after = MetricsSnapshot.Parse("a{x=\"1\"} 6\na{x=\"2\"} 7\na{x=\"3\"} 2\n");

        var delta = after.Delta(before);

        Assert.Equal(1, delta.Sum("a", ("x", "1")));
        Assert.Equal(0, delta.Sum("a", ("x", "2")));
        Assert.Equal(2, delta.Sum("a", ("x", "3")));
    }

    [Fact]
    public void What_is_declared_and_has_counted_nothing_yet_has_a_name_and_no_sample()
    {
        var snapshot = MetricsSnapshot.Parse("""
            # HELP sent_total Sent
            # TYPE sent_total counter
            # TYPE seen_total counter
            seen_total{x="1"} 2
            # TYPE took_seconds histogram
            took_seconds_count 0

            """);

        Assert.Equal(["sent_total"], snapshot.NamesWithoutSamples);
    }
}
