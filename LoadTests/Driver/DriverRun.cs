using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Driver;

/// <summary>One run of a workload.</summary>
public sealed record DriverRun
{
    /// <summary>What is done.</summary>
    public required IWorkload Workload { get; init; }

    /// <summary>How long the load is planned to last. The loops go on until then, and on until the last operation of the schedule has
    /// ended: as long as a message is on its way, somebody has to listen, or it would look slow.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What operations are recorded with.</summary>
    public required RunInstruments Instruments { get; init; }

    /// <summary>The run's clock, which intended starts are written in.</summary>
    public RunClock Clock => Instruments.Clock;

    /// <summary>Called once by the driver when it is ready, right before the first operation: starts <see cref="Clock"/> anew and begins to
    /// measure. A driver that takes its time to get ready does not have that counted as latency.</summary>
    public Action Begin { get; init; } = () => { };

    /// <summary>Called and awaited once by the driver when the load is over, also when it was stopped early: the last operation of the
    /// schedule and all loops have ended, and none begins any more, so the workload is free for others. Not called where the driver itself
    /// failed. What a driver does after that to close itself is no part of what is measured.</summary>
    public Func<CancellationToken, Task> EndAsync { get; init; } = _ => Task.CompletedTask;

    /// <summary>Ends the run early in good order: nothing more of the schedule is started, what was sent is waited for, and then the loops
    /// are broken off.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Ends when the planned time is over, or at <see cref="Stop"/> or <paramref name="abort"/>. Never throws.</summary>
    public async Task TimeIsOverAsync(CancellationToken abort)
    {
        using var early = CancellationTokenSource.CreateLinkedTokenSource(Stop, abort);
        try
        {
            await Clock.UntilAsync(Duration.Ticks * 100, early.Token);
        }
        catch (OperationCanceledException) when (early.IsCancellationRequested)
        {
            // Stopped early.
        }
    }
}
