namespace SynapseLab.LoadTests.Measurement;

/// <summary>Time since a run's start, in nanoseconds: what schedules are written in and samples are stamped with.</summary>
/// <param name="time">The clock.</param>
public sealed class RunClock(TimeProvider time)
{
    private long _start = time.GetTimestamp();

    // On Linux a timestamp is a nanosecond already, and the factor 1.
    private readonly double _nanoseconds = 1e9 / time.TimestampFrequency;

    /// <summary>The clock it stands on.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>The wall clock at the start.</summary>
    public DateTimeOffset Start { get; private set; } = time.GetUtcNow();

    /// <summary>Nanoseconds since the start.</summary>
    public long Now => (long)((Time.GetTimestamp() - _start) * _nanoseconds);

    /// <summary>Begins again at zero: now the load starts, set-up is over. Not while something is measured.</summary>
    public void Restart()
    {
        _start = Time.GetTimestamp();
        Start = Time.GetUtcNow();
    }

    /// <summary>Waits until the run is this old. Returns at once if it is already; timers are never early, and up to some milliseconds
    /// late.</summary>
    /// <param name="nanoseconds">Age of the run in nanoseconds.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask UntilAsync(long nanoseconds, CancellationToken cancellationToken)
    {
        for (var left = nanoseconds - Now; left > 0; left = nanoseconds - Now)
        {
            // Timers count whole milliseconds: half a millisecond early is nearer to the schedule than half a millisecond late,
            // but an operation must not start before its time, so round up.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left / 1e6)), Time, cancellationToken);
        }
    }
}
