namespace SynapseLab.Runtimes.Starting;

/// <summary>One step of a start, named by the method that takes it.</summary>
/// <param name="TakeAsync">Takes it.</param>
/// <param name="UndoAsync">Undoes it, however far it came; null: nothing is left of it.</param>
internal sealed record StartStep(Func<CancellationToken, Task> TakeAsync, Func<Task>? UndoAsync = null);
