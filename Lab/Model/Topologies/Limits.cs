namespace SynapseLab.Topologies;

/// <summary>Limits of one container.</summary>
/// <param name="Cpus">Cores, <c>0.5</c> is half of one; null: no limit.</param>
/// <param name="MemoryBytes">Memory in bytes; null: no limit.</param>
public sealed record Limits(double? Cpus = null, long? MemoryBytes = null);
