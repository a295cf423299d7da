using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Driver;

/// <summary>How an operation ended.</summary>
/// <param name="Status">HTTP status; 0: no reply.</param>
/// <param name="Worker">Index of the process that served it; <see cref="Sample.NoWorker"/>: not told.</param>
/// <param name="Bytes">Length of the reply's body.</param>
/// <param name="Error">Why it failed, short and without anything that differs from request to request, so that equal errors can be counted;
/// null: it did not.</param>
public readonly record struct OperationOutcome(int Status, ushort Worker, int Bytes, string? Error = null)
{
    /// <summary>No reply came.</summary>
    public static OperationOutcome NoReply(string error) => new(0, Sample.NoWorker, 0, error);
}
