using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Driver;

/// <summary>What every operation of a run is measured with.</summary>
/// <param name="Clock">The run's clock, which intended starts are written in.</param>
/// <param name="Recorder">Takes the samples.</param>
/// <param name="Errors">Takes the errors.</param>
public sealed record RunInstruments(RunClock Clock, Recorder Recorder, ErrorTally Errors)
{
    /// <summary>Records an operation that ends now.</summary>
    /// <param name="kind">What it was.</param>
    /// <param name="intended">When it should have started, in nanoseconds of the run.</param>
    /// <param name="started">When it started.</param>
    /// <param name="outcome">How it ended.</param>
    public void Record(OperationKind kind, long intended, long started, OperationOutcome outcome)
    {
        Recorder.Record(new Sample(intended, started, Clock.Now, kind, (ushort)outcome.Status, outcome.Worker, outcome.Bytes));
        if (outcome.Error is { } error)
        {
            Errors.Add(kind, error);
        }
    }
}
