using System.Globalization;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Evidence;
using static SynapseLab.Hosting.Telemetry.ProcessResource;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>What a Synapse process exposes for Prometheus, in OpenTelemetry's words. Pure.</summary>
internal static class ProcessMetrics
{
    private const string UpperBound = "le";

    /// <summary>The families that an operator watches, as far as the process has samples of them.</summary>
    /// <param name="homeserver">Its homeserver.</param>
    /// <param name="process">The process.</param>
    /// <param name="metrics">What it exposes.</param>
    /// <param name="now">When it was asked.</param>
    public static ResourceMetrics Of(Homeserver homeserver, SynapseProcess process, MetricsSnapshot metrics, DateTimeOffset now)
    {
        var start = Nanoseconds(DateTimeOffset.UnixEpoch.AddSeconds(metrics.Sum("process_start_time_seconds")));
        var time = Nanoseconds(now);
        var scope = new ScopeMetrics { Scope = new InstrumentationScope { Name = "synapse" } };
        scope.Metrics.Add(MetricFamily.Watched.Select(family => ToMetric(family, metrics, start, time)).OfType<Metric>());
        return new ResourceMetrics
        {
            Resource = ProcessResource.Of(homeserver, process),
            ScopeMetrics = { scope },
        };
    }

    private static Metric? ToMetric(MetricFamily family, MetricsSnapshot metrics, ulong start, ulong time)
    {
        var metric = new Metric { Name = family.Name, Unit = family.Unit, Description = family.Description };
        if (family.Kind == FamilyKind.Histogram)
        {
            metric.Histogram = new Histogram { AggregationTemporality = AggregationTemporality.Cumulative };
            metric.Histogram.DataPoints.Add(Histograms(family.Name, metrics, start, time));
            return metric.Histogram.DataPoints.Count == 0 ? null : metric;
        }

        var points = metrics.Samples(family.Name).Select(sample =>
        {
            var point = new NumberDataPoint { TimeUnixNano = time, AsDouble = sample.Value };
            // A gauge has no beginning.
            point.StartTimeUnixNano = family.Kind == FamilyKind.Counter ? start : 0;
            point.Attributes.Add(Labels(sample));
            return point;
        }).ToArray();
        if (family.Kind == FamilyKind.Counter)
        {
            metric.Sum = new Sum
            {
                IsMonotonic = true,
                AggregationTemporality = AggregationTemporality.Cumulative,
                DataPoints = { points },
            };
        }
        else
        {
            metric.Gauge = new Gauge { DataPoints = { points } };
        }

        return points.Length == 0 ? null : metric;
    }

    // name_bucket{servlet="SyncRestServlet",le="0.1"} 12.0 counts all up to the bound; OpenTelemetry counts those between two bounds.
    private static IEnumerable<HistogramDataPoint> Histograms(string name, MetricsSnapshot metrics, ulong start, ulong time)
    {
        var sums = metrics.Samples($"{name}_sum").ToDictionary(Key, sample => sample.Value);
        foreach (var buckets in metrics.Samples($"{name}_bucket").GroupBy(Key))
        {
            var sorted = buckets.OrderBy(Bound).ToArray();
            var point = new HistogramDataPoint
            {
                StartTimeUnixNano = start,
                TimeUnixNano = time,
                Count = (ulong)sorted[^1].Value,
                Sum = sums.GetValueOrDefault(buckets.Key),
            };
            point.ExplicitBounds.Add(sorted.Select(Bound).Where(double.IsFinite));
            point.BucketCounts.Add(sorted.Select((bucket, i) => (ulong)(bucket.Value - (i == 0 ? 0 : sorted[i - 1].Value))));
            point.Attributes.Add(Labels(sorted[0]));
            yield return point;
        }
    }

    private static string Key(MetricSample sample)
    {
        var labels = sample.Labels.Where(label => label.Key != UpperBound).OrderBy(label => label.Key, StringComparer.Ordinal);
        return string.Join('\n', labels.Select(label => $"{label.Key}={label.Value}"));
    }

    private static double Bound(MetricSample bucket) =>
        bucket.Labels[UpperBound] is var text and not "+Inf"
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : double.PositiveInfinity;

    private static IEnumerable<KeyValue> Labels(MetricSample sample) =>
        sample.Labels
            .Where(label => label.Key is not (UpperBound or ProcessResource.ServerName))
            .Select(label => Text(label.Key, label.Value));
}
