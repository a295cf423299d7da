namespace SynapseLab.Runtimes.Evidence;

/// <summary>A moment in the proxy's log, see <see cref="ProxyLog.MarkAsync"/>.</summary>
/// <param name="Position">How many lines lie before it.</param>
/// <param name="Time">When it was, by the proxy's own clock.</param>
public readonly record struct LogMark(int Position, DateTimeOffset Time);
