using System.Diagnostics.Metrics;
using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Measurement;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

/// <summary>What a load tells while it runs.</summary>
public sealed class LoadTelemetryTests : IDisposable
{
    private readonly LoadTelemetry _telemetry = new();
    private readonly List<(string Instrument, double Value, string Tags)> _heard = [];
    private readonly MeterListener _listener = new();

    [Fact]
    public void Operations_are_counted_by_kind_and_outcome_and_only_those_that_succeeded_have_a_latency()
    {
        Listen();

        _telemetry.Add(
            [
                Sample(OperationKind.Send, 200, milliseconds: 250),
                Sample(OperationKind.Send, 500, milliseconds: 900),
                Sample(OperationKind.Delivery, 200, milliseconds: 400),
            ]);

        Assert.Equal(
            [
                ("lab.load.operations", 1, "operation=send,outcome=done"),
                ("lab.load.latency", 0.25, "operation=send"),
                ("lab.load.operations", 1, "operation=send,outcome=failed"),
                ("lab.load.operations", 1, "operation=delivery,outcome=done"),
                ("lab.load.latency", 0.4, "operation=delivery"),
            ],
            _heard);
    }

    [Fact]
    public void Lost_is_what_should_have_arrived_by_now_and_doubled_what_came_again()
    {
        Listen();
        // Two messages to a room of two; the first reaches one of them, twice.
        var ledger = new DeliveryLedger(2, [[0, 1]]);
        foreach (var (number, intended) in new[] { (0, 100L), (1, 5000L) })
        {
            ledger.Sent(number, 0, intended);
            ledger.Acknowledged(number);
        }

        ledger.Delivered(0, 0, 0, overlaps: false, out _);
        ledger.Delivered(0, 0, 0, overlaps: false, out _);

        _telemetry.Add(ledger, due: 1000);
        _telemetry.Add(ledger, due: long.MaxValue);

        Assert.Equal([1, 0], Values("lab.load.deliveries"));
        Assert.Equal([1, 0], Values("lab.load.deliveries.doubled"));
        Assert.Equal([1, 3], Values("lab.load.deliveries.lost"));
        Assert.Equal(3, ledger.Count().Lost);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _telemetry.Dispose();
    }

    private void Listen()
    {
        // Other tests run loads at the same time: these instruments alone.
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_telemetry.IsMine(instrument))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _heard.Add((instrument.Name, value, string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));

    private IEnumerable<double> Values(string instrument) => _heard.Where(one => one.Instrument == instrument).Select(one => one.Value);

    private static Sample Sample(OperationKind kind, ushort status, long milliseconds) =>
        new(0, 0, milliseconds * 1_000_000, kind, status, 0, 0);
}
