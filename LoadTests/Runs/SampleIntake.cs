using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Reports;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Runs;

/// <summary>Takes a run's samples out of the recorder while they come in: into the file, the sums, telemetry, and a line of
/// progress.</summary>
/// <param name="inputs">The run's inputs.</param>
/// <param name="instruments">Whose samples.</param>
/// <param name="file">Closed with the intake.</param>
/// <param name="telemetry">Told of samples and deliveries.</param>
internal sealed class SampleIntake(
    LoadRunInputs inputs, RunInstruments instruments, SamplesFile file, LoadTelemetry telemetry) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private Task _taking = Task.CompletedTask;

    /// <summary>The sums.</summary>
    public SampleCollector Sums { get; } = new(inputs.Profile.Duration, inputs.Profile.KeptUntil);

    /// <summary>Whether the load is under way, and progress is told: before it the clock counts what making ready takes.</summary>
    public bool Tells { get; set; }

    /// <summary>Begins to take.</summary>
    /// <param name="ledger">Tells how the deliveries stand.</param>
    /// <param name="planned">How many operations the schedule has.</param>
    public void Open(DeliveryLedger ledger, long planned) => _taking = TakeAsync(ledger, planned);

    /// <summary>Takes the rest, and closes the file.</summary>
    public async Task CloseAsync()
    {
        await _end.CancelAsync();
        await _taking;
        file.Close();
    }

    /// <summary>Also where the run failed half-way: what was measured until then is whole lines under its own name.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _end.Dispose();
    }

    private async Task TakeAsync(DeliveryLedger ledger, long planned)
    {
        var patience = inputs.Profile.DeliveryDeadline.Ticks * TimeSpan.NanosecondsPerTick;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), instruments.Clock.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                instruments.Recorder.Drain(Take);
                telemetry.Add(ledger, instruments.Clock.Now - patience);
                if (Tells)
                {
                    inputs.Progress.Report(Progress(planned));
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Nobody waits any more: what is missing now is what the result calls lost.
            instruments.Recorder.Drain(Take);
            telemetry.Add(ledger, long.MaxValue);
        }
    }

    private void Take(ReadOnlySpan<Sample> taken)
    {
        Sums.Add(taken);
        file.Add(taken);
        telemetry.Add(taken);
    }

    private LoadProgress Progress(long planned)
    {
        var done = Sums.Done(OperationKind.Send) + Sums.Done(OperationKind.Typing) + Sums.Done(OperationKind.Receipt);
        var failed = Enum.GetValues<OperationKind>().Sum(Sums.Failed);
        var latencies = Invariant($"send p95 {P95(OperationKind.Send):0} ms, delivery p95 {P95(OperationKind.Delivery):0} ms");
        return new LoadProgress(
            "load",
            Math.Min(1, instruments.Clock.Now / 1e9 / inputs.Profile.Duration.TotalSeconds),
            $"{done} of {planned} done, {failed} failed, {Sums.Done(OperationKind.Sync)} syncs, {latencies}");
    }

    private double P95(OperationKind kind) => Sums.Latency(kind).Percentile(95).TotalMilliseconds;
}
