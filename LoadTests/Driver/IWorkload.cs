using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;

namespace SynapseLab.LoadTests.Driver;

/// <summary>What a driver drives: an open part, whose operations start by schedule whether or not earlier ones have ended, and a closed
/// part, a fixed number of loops that each do one thing after the other. It knows nothing of drivers, threads or measuring.</summary>
public interface IWorkload
{
    /// <summary>The open part, in order of <see cref="PlannedOperation.At"/>. Enumerated once.</summary>
    IEnumerable<PlannedOperation> Schedule { get; }

    /// <summary>Number of loops of the closed part.</summary>
    int Loops { get; }

    /// <summary>What one turn of a loop is called in results.</summary>
    OperationKind LoopOperation { get; }

    /// <summary>Does one operation of the open part. Throws only when cancelled: whatever goes wrong is an outcome.</summary>
    ValueTask<OperationOutcome> ExecuteAsync(PlannedOperation operation, CancellationToken cancellationToken);

    /// <summary>Does one turn of a loop of the closed part. Throws only when cancelled. Turns of one loop never overlap.</summary>
    ValueTask<OperationOutcome> IterateAsync(int loop, CancellationToken cancellationToken);
}
