using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Planning;

/// <summary>One operation of the open workload: what, when, by whom, where.</summary>
/// <param name="Number">Counts the operations of a run from 0.</param>
/// <param name="At">Intended start, nanoseconds since the run's start.</param>
/// <param name="Kind">What.</param>
/// <param name="User">By whom: index of a user of the first homeserver.</param>
/// <param name="Room">Where: index of a room.</param>
public readonly record struct PlannedOperation(int Number, long At, OperationKind Kind, int User, int Room);
