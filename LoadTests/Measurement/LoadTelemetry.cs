using System.Diagnostics;
using System.Diagnostics.Metrics;
using SynapseLab.LoadTests.Deliveries;

namespace SynapseLab.LoadTests.Measurement;

/// <summary>
/// What a run tells while it goes on, for whoever listens; the result has all of it, exactly. Samples are told where they are collected
/// anyway, some times a second, and not where they are taken: so measuring costs what it cost before, and where nobody listens nothing at
/// all.
/// </summary>
internal sealed class LoadTelemetry : IDisposable
{
    private const string Name = "SynapseLab.LoadTests";

    // Seconds: from what the proxy answers by itself to what nobody waits for.
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _operations;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _deliveries;
    private readonly Counter<long> _doubled;
    private readonly Gauge<long> _lost;
    private long _delivered;
    private long _duplicates;

    /// <summary>For one run.</summary>
    public LoadTelemetry()
    {
        _operations = _meter.CreateCounter<long>("lab.load.operations", "{operation}", "Operations that ended, by operation and outcome");
        _latency = _meter.CreateHistogram(
            "lab.load.latency",
            "s",
            "From the intended start to the end, of operations that succeeded; of a delivery to the reply that brought it",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
        _deliveries = _meter.CreateCounter<long>(
            "lab.load.deliveries", "{delivery}", "Messages that reached a member, each message and member once");
        _doubled = _meter.CreateCounter<long>("lab.load.deliveries.doubled", "{delivery}", "Messages that reached a member again");
        _lost = _meter.CreateGauge<long>(
            "lab.load.deliveries.lost",
            "{delivery}",
            "Messages that the server has acknowledged and a member has not got within the profile's delivery_deadline");
    }

    /// <summary>The source of a run's spans.</summary>
    public static ActivitySource Spans { get; } = new(Name);

    /// <summary>Whether an instrument is one of this run's.</summary>
    public bool IsMine(Instrument instrument) => instrument.Meter == _meter;

    /// <summary>Tells samples.</summary>
    public void Add(ReadOnlySpan<Sample> samples)
    {
        if (!_operations.Enabled && !_latency.Enabled)
        {
            return;
        }

        foreach (ref readonly var sample in samples)
        {
            var operation = new KeyValuePair<string, object?>("operation", sample.Operation.Name());
            _operations.Add(1, operation, new("outcome", sample.Succeeded ? "done" : "failed"));
            if (sample.Succeeded)
            {
                _latency.Record(sample.Latency / 1e9, operation);
            }
        }
    }

    /// <summary>Tells how the deliveries stand.</summary>
    /// <param name="ledger">The books.</param>
    /// <param name="due">What should have been sent before this, in nanoseconds of the run, should have arrived by now.</param>
    public void Add(DeliveryLedger ledger, long due)
    {
        if (!_lost.Enabled)
        {
            return;
        }

        var (delivered, duplicates) = (ledger.Deliveries, ledger.Duplicates);
        _deliveries.Add(delivered - _delivered);
        _doubled.Add(duplicates - _duplicates);
        (_delivered, _duplicates) = (delivered, duplicates);
        _lost.Record(ledger.Overdue(due));
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
