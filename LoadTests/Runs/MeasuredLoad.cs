using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Workloads;

namespace SynapseLab.LoadTests.Runs;

/// <summary>The part of a run that is measured: from the first operation to the last delivery.</summary>
/// <param name="inputs">The run's inputs.</param>
/// <param name="workload">What is done.</param>
/// <param name="watch">Looks after the lab.</param>
/// <param name="intake">Takes the samples.</param>
/// <param name="cpu">Measures driver, engine and machine.</param>
internal sealed class MeasuredLoad(LoadRunInputs inputs, MatrixWorkload workload, LabWatch watch, SampleIntake intake, CpuMeter cpu)
{
    /// <summary>Whether the first operation began.</summary>
    public bool Began { get; private set; }

    /// <summary>How long the load lasted.</summary>
    public double Seconds { get; private set; }

    /// <summary>How long the last deliveries were waited for after it.</summary>
    public double DrainSeconds { get; private set; }

    /// <summary>Has the driver carry it out.</summary>
    /// <param name="instruments">What it is measured with.</param>
    /// <param name="stop">Ctrl-C: ends it in good order.</param>
    public Task DriveAsync(RunInstruments instruments, CancellationToken stop) => inputs.Driver.RunAsync(
        new DriverRun
        {
            Workload = workload,
            Duration = inputs.Profile.Duration,
            Instruments = instruments,
            Stop = watch.Stop,
            Begin = () =>
            {
                cpu.Prepare();
                instruments.Clock.Restart();
                cpu.Begin();
                (Began, intake.Tells) = (true, true);
                watch.BeginLoad(inputs.Profile.Duration);
            },
            EndAsync = async token =>
            {
                Seconds = instruments.Clock.Now / 1e9;
                cpu.End();
                intake.Tells = false;

                // Side by side: a busy process takes its time to answer for its metrics, and somebody has to listen meanwhile.
                var reading = watch.EndLoadAsync(token);
                await LastDeliveriesAsync(stop);
                DrainSeconds = (instruments.Clock.Now / 1e9) - Seconds;
                await reading;
            },
        },
        CancellationToken.None);

    /// <summary>Waits for the last messages: as long as the profile allows, a short time after Ctrl-C, and not at all where a part of the
    /// lab died.</summary>
    private async Task LastDeliveriesAsync(CancellationToken stop)
    {
        if (watch.Death.IsCompleted)
        {
            return;
        }

        inputs.Progress.Report(new LoadProgress("last deliveries", 0, $"{workload.Ledger.Deliveries} so far"));
        using var end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, inputs.Lab.Time);
        await using var hurry = stop.Register(() => end.CancelAfter(inputs.DrainAfterStop));
        var draining = workload.DrainAsync(end.Token);
        await Task.WhenAny(draining, watch.Death);
        if (watch.Death.IsCompleted)
        {
            await end.CancelAsync();
        }

        await draining;
    }
}
