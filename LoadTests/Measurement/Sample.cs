namespace SynapseLab.LoadTests.Measurement;

/// <summary>One measured operation. Times are nanoseconds since the run's start (<see cref="RunClock"/>).</summary>
/// <param name="Intended">When it should have started by the schedule. Latency counts from here, so that a stall counts for
/// every operation that it held up, not only for the one that it hit.</param>
/// <param name="Started">When it started.</param>
/// <param name="Ended">When its reply was read to the end.</param>
/// <param name="Operation">What it was.</param>
/// <param name="Status">HTTP status; 0: no reply (time-out, broken connection).</param>
/// <param name="Worker">Index into the run's list of Synapse processes, from the reply's X-Synapse-Worker; <see cref="NoWorker"/> where it
/// said none.</param>
/// <param name="Bytes">Length of the reply's body.</param>
public readonly record struct Sample(
    long Intended, long Started, long Ended, OperationKind Operation, ushort Status, ushort Worker, int Bytes)
{
    /// <summary>The reply named no worker.</summary>
    public const ushort NoWorker = ushort.MaxValue;

    /// <summary>Timers count whole milliseconds, and may strike one later than asked (<see cref="RunClock.UntilAsync"/>): a start that is
    /// late by no more than that is on time.</summary>
    public const long TimerGrain = 2_000_000;

    /// <summary>From the intended start to the end, in nanoseconds. What the driver's timer rounds is no latency of the server; whatever
    /// is later than that held the operation up, and counts whole.</summary>
    public long Latency => Ended - Due(Intended, Started);

    /// <summary>From when on latency counts.</summary>
    /// <param name="intended">When it should have started.</param>
    /// <param name="started">When it started.</param>
    public static long Due(long intended, long started) => started - intended is > 0 and <= TimerGrain ? started : intended;

    /// <summary>Whether a reply came and its status is 2xx.</summary>
    public bool Succeeded => Status is >= 200 and < 300;
}
