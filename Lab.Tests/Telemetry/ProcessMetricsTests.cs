using OpenTelemetry.Proto.Metrics.V1;
using SynapseLab.Hosting.Telemetry;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Tests.Deployments;
using Xunit;

namespace SynapseLab.Tests.Telemetry;

/// <summary>What a process exposes for Prometheus, in OpenTelemetry's words.</summary>
public sealed class ProcessMetricsTests
{
    private const string Exposed = """
        # TYPE process_start_time_seconds gauge
        process_start_time_seconds 1000
        process_resident_memory_bytes 5e+07
        synapse_http_server_requests_received_total{method="GET",servlet="SyncRestServlet",server_name="hs1.test"} 12
        synapse_http_server_requests_received_total{method="PUT",servlet="RoomSendEventRestServlet",server_name="hs1.test"} 3
        synapse_http_server_response_time_seconds_bucket{servlet="SyncRestServlet",le="0.1"} 4
        synapse_http_server_response_time_seconds_bucket{servlet="SyncRestServlet",le="+Inf"} 9
        synapse_http_server_response_time_seconds_bucket{servlet="SyncRestServlet",le="0.5"} 7
        synapse_http_server_response_time_seconds_sum{servlet="SyncRestServlet"} 2.5
        synapse_http_server_response_time_seconds_count{servlet="SyncRestServlet"} 9
        python_gc_objects_collected_total{generation="0"} 400
        """;

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddSeconds(1060);
    private readonly ResourceMetrics _told = Of(Exposed);

    [Fact]
    public void The_homeserver_is_the_service_and_the_process_its_instance()
    {
        var attributes = _told.Resource.Attributes.ToDictionary(one => one.Key, one => one.Value.StringValue);

        Assert.Equal(
            ("hs1", "generic_worker1", "hs1.test"),
            (attributes["service.name"], attributes["service.instance.id"], attributes["server_name"]));
    }

    [Fact]
    public void A_counter_counts_from_the_start_of_the_process_by_its_labels()
    {
        var requests = Metric("synapse_http_server_requests_received_total").Sum;

        Assert.True(requests.IsMonotonic);
        Assert.Equal(AggregationTemporality.Cumulative, requests.AggregationTemporality);
        Assert.Equal([12, 3], requests.DataPoints.Select(point => point.AsDouble));
        Assert.All(requests.DataPoints, point =>
            Assert.Equal((1_000_000_000_000UL, 1_060_000_000_000UL), (point.StartTimeUnixNano, point.TimeUnixNano)));
        Assert.Equal(
            ["method=GET", "servlet=SyncRestServlet"],
            requests.DataPoints[0].Attributes.Select(one => $"{one.Key}={one.Value.StringValue}"));
    }

    [Fact]
    public void A_gauge_is_as_it_is_now() =>
        Assert.Equal(5e7, Assert.Single(Metric("process_resident_memory_bytes").Gauge.DataPoints).AsDouble);

    [Fact]
    public void A_histogram_counts_between_two_bounds_whatever_the_order_of_the_lines()
    {
        var point = Assert.Single(Metric("synapse_http_server_response_time_seconds").Histogram.DataPoints);

        Assert.Equal([0.1, 0.5], point.ExplicitBounds);
        Assert.Equal([4UL, 3UL, 2UL], point.BucketCounts);
        Assert.Equal((9UL, 2.5), (point.Count, point.Sum));
        Assert.Equal("servlet", Assert.Single(point.Attributes).Key);
    }

    [Fact]
    public void What_nobody_watches_and_what_has_no_samples_is_left_out() =>
        Assert.Equal(
            ["synapse_http_server_requests_received_total", "synapse_http_server_response_time_seconds", "process_resident_memory_bytes"],
            _told.ScopeMetrics.Single().Metrics.Select(metric => metric.Name));

    private Metric Metric(string name) => _told.ScopeMetrics.Single().Metrics.Single(metric => metric.Name == name);

    private static ResourceMetrics Of(string text)
    {
        var homeserver = ProcessPlan.Of(KnownTopologies.Library.Load("reference"))[0];
        return ProcessMetrics.Of(
            homeserver,
            homeserver.Processes.Single(process => process.Id == "generic_worker1"),
            MetricsSnapshot.Parse(text),
            Now);
    }
}
