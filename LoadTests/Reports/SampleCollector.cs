using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Reports;

/// <summary>Sums samples up, for the whole run and in slices of time. One thread at a time.</summary>
internal sealed class SampleCollector
{
    // Enough for a plot across a page.
    private const int MostSlices = 120;

    // 0 %, 1 %, ... 99 %, then the tail: what a distribution's plot needs.
    private static readonly double[] Percents = [.. Enumerable.Range(0, 100), 99.5, 99.9, 99.95, 99.99, 100];
    private readonly long _sliceLength;
    private readonly long _onTime;
    private readonly Totals[] _totals = [.. Enumerable.Range(0, OperationKinds.Count).Select(_ => new Totals())];
    private readonly List<Totals?>[] _slices = [.. Enumerable.Range(0, OperationKinds.Count).Select(_ => new List<Totals?>())];

    /// <summary>Begins.</summary>
    /// <param name="duration">How long the load is to last.</param>
    /// <param name="onTime">Until when operations that keep the plan have ended; null: for ever.</param>
    public SampleCollector(TimeSpan duration, TimeSpan? onTime = null)
    {
        _onTime = onTime is { } time ? time.Ticks * 100 : long.MaxValue;
        SliceSeconds = Math.Max(1, Math.Ceiling(duration.TotalSeconds / MostSlices));
        _sliceLength = (long)(SliceSeconds * 1e9);
    }

    /// <summary>Length of a slice in seconds.</summary>
    public double SliceSeconds { get; }

    /// <summary>Takes samples.</summary>
    public void Add(ReadOnlySpan<Sample> samples)
    {
        foreach (ref readonly var sample in samples)
        {
            var kind = (int)sample.Operation;
            _totals[kind].Add(sample, withStart: true, _onTime);
            var slice = (int)Math.Clamp(sample.Intended / _sliceLength, 0, 100_000);
            var slices = _slices[kind];
            while (slices.Count <= slice)
            {
                slices.Add(null);
            }

            (slices[slice] ??= new Totals()).Add(sample, withStart: false, _onTime);
        }
    }

    /// <summary>How many operations of a kind ended.</summary>
    public long Done(OperationKind kind) => _totals[(int)kind].Done;

    /// <summary>How many of them failed.</summary>
    public long Failed(OperationKind kind) => _totals[(int)kind].Failed;

    /// <summary>Latencies of those that succeeded.</summary>
    public LatencyHistogram Latency(OperationKind kind) => _totals[(int)kind].Latency;

    /// <summary>The results of all kinds that occurred or were planned.</summary>
    /// <param name="planned">Planned operations of each kind, in the order of <see cref="OperationKind"/>.</param>
    /// <param name="loadSeconds">How long the load lasted.</param>
    public IReadOnlyList<OperationResult> Operations(IReadOnlyList<int> planned, double loadSeconds) =>
    [
        .. Enum.GetValues<OperationKind>()
            .Where(kind => _totals[(int)kind].Done > 0 || planned[(int)kind] > 0)
            .Select(kind =>
            {
                var totals = _totals[(int)kind];
                var workload = kind switch
                {
                    OperationKind.Sync or OperationKind.Request => "closed",
                    OperationKind.Delivery or OperationKind.Backfill => "observed",
                    _ => "open",
                };
                return new OperationResult(
                    kind.Name(),
                    workload,
                    workload == "open" ? planned[(int)kind] : null,
                    totals.Done,
                    totals.Failed,
                    totals.OnTime,
                    Round(totals.Done / Math.Max(0.001, loadSeconds)),
                    Summary(totals.Latency),
                    Summary(totals.LateStart),
                    [.. Percents.Select(percent => new DistributionPoint(percent, Milliseconds(totals.Latency.Percentile(percent))))]);
            }),
    ];

    /// <summary>The slices of all kinds that occurred.</summary>
    public IReadOnlyDictionary<string, OperationTimeline> Timelines()
    {
        var count = _slices.Max(slices => slices.Count);
        return Enum.GetValues<OperationKind>()
            .Where(kind => _totals[(int)kind].Done > 0)
            .ToDictionary(kind => kind.Name(), kind => Timeline(_slices[(int)kind], count));
    }

    private static OperationTimeline Timeline(List<Totals?> some, int count)
    {
        var slices = Enumerable.Range(0, count).Select(some.ElementAtOrDefault).ToArray();
        return new OperationTimeline(
            [.. slices.Select(slice => slice?.Done ?? 0)],
            [.. slices.Select(slice => slice?.Failed ?? 0)],
            Percentile(50),
            Percentile(95),
            Percentile(99));

        double?[] Percentile(double percent) => [.. slices.Select(slice => slice?.Percentile(percent))];
    }

    private static LatencyResult Summary(LatencyHistogram histogram) => new(
        Milliseconds(histogram.Mean),
        Milliseconds(histogram.Percentile(50)),
        Milliseconds(histogram.Percentile(90)),
        Milliseconds(histogram.Percentile(95)),
        Milliseconds(histogram.Percentile(99)),
        Milliseconds(histogram.Percentile(99.9)),
        Milliseconds(histogram.Max));

    private static double Milliseconds(TimeSpan time) => Round(time.TotalMilliseconds);

    private static double Round(double value) => Math.Round(value, 3);

    private sealed class Totals
    {
        private LatencyHistogram? _lateStart;

        public LatencyHistogram Latency { get; } = new();

        public LatencyHistogram LateStart => _lateStart ??= new LatencyHistogram();

        public long Done { get; private set; }

        public long Failed { get; private set; }

        public long OnTime { get; private set; }

        /// <summary>In milliseconds; null where nothing succeeded.</summary>
        public double? Percentile(double percent) => Latency.Count > 0 ? Milliseconds(Latency.Percentile(percent)) : null;

        public void Add(in Sample sample, bool withStart, long onTime)
        {
            Done++;
            OnTime += sample.Ended <= onTime ? 1 : 0;
            if (withStart)
            {
                LateStart.Record(sample.Started - sample.Intended);
            }

            if (sample.Succeeded)
            {
                Latency.Record(sample.Latency);
            }
            else
            {
                Failed++;
            }
        }
    }
}
