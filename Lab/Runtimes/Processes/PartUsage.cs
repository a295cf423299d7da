namespace SynapseLab.Runtimes.Processes;

/// <summary>What a part of a lab uses.</summary>
/// <param name="MemoryBytes">Of a container: memory that can't be taken back by dropping caches. Of a process that shares a container:
/// what it has alone, and its part of what it shares with others (PSS, proc_pid_smaps(5)). In bytes.</param>
/// <param name="CpuNanoseconds">CPU time since its start, in nanoseconds.</param>
public sealed record PartUsage(long MemoryBytes, long CpuNanoseconds);
