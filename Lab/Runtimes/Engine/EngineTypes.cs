using System.Net;

namespace SynapseLab.Runtimes.Engine;

/// <summary>What the engine says about itself and the machine.</summary>
/// <param name="Version">For example <c>20.10.24+dfsg1</c>.</param>
/// <param name="ApiVersion">Newest API version it speaks: <c>1.41</c>.</param>
/// <param name="Cpus">Cores.</param>
/// <param name="MemoryBytes">Memory of the machine in bytes.</param>
/// <param name="CgroupVersion"><c>1</c> or <c>2</c>.</param>
/// <param name="RootFolder">Where images and containers lie.</param>
/// <param name="StorageDriver">For example <c>overlay2</c>.</param>
public sealed record EngineInfo(
    string Version, string ApiVersion, int Cpus, long MemoryBytes, string CgroupVersion, string RootFolder, string StorageDriver);

/// <summary>A container as the engine lists it.</summary>
/// <param name="Id">The engine's identifier, 64 hexadecimal digits.</param>
/// <param name="Name">Without the leading slash.</param>
/// <param name="Image">The reference it was started from.</param>
/// <param name="State"><c>created</c>, <c>running</c>, <c>paused</c>, <c>restarting</c>, <c>exited</c>, <c>dead</c>.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Addresses">Network name to address; only networks on which it has one now.</param>
/// <param name="Ports">Published TCP ports on this machine.</param>
public sealed record ContainerSummary(
    string Id,
    string Name,
    string Image,
    string State,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, IPAddress> Addresses,
    IReadOnlyList<int> Ports);

/// <summary>A network or a volume as the engine lists it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Labels">Its labels.</param>
public sealed record LabelledName(string Name, IReadOnlyDictionary<string, string> Labels);

/// <summary>One container in full.</summary>
/// <param name="Id">The engine's identifier.</param>
/// <param name="Name">Without the leading slash.</param>
/// <param name="State">See <see cref="ContainerSummary"/>.</param>
/// <param name="Pid">Process id of its first process on this machine; 0 when it does not run.</param>
/// <param name="ExitCode">Exit code of the last run.</param>
/// <param name="OutOfMemory">Whether the kernel ended it for lack of memory.</param>
/// <param name="StartedAt">When it was started last.</param>
/// <param name="FinishedAt">When it ended last; null: never.</param>
/// <param name="Aliases">Network name to host names it has there.</param>
/// <param name="Volumes">Names of its volumes;
/// those that the engine made up for an image's <c>VOLUME</c> have 64 hexadecimal digits.</param>
public sealed record ContainerDetails(
    string Id,
    string Name,
    string State,
    int Pid,
    int ExitCode,
    bool OutOfMemory,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Aliases,
    IReadOnlyList<string> Volumes)
{
    /// <summary>The networks it is on while it runs, with its address there.</summary>
    public IReadOnlyList<NetworkAddress> Addresses { get; init; } = [];
}

/// <summary>A container's place on a network.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="NetworkId">The engine's identifier of it, 64 hexadecimal digits.</param>
/// <param name="Address">The container's address.</param>
public sealed record NetworkAddress(string Network, string NetworkId, IPAddress Address);

/// <summary>One line that a container wrote.</summary>
/// <param name="Time">When the engine read it.</param>
/// <param name="Stream">Standard output or error.</param>
/// <param name="Text">Without line end.</param>
public readonly record struct LogLine(DateTimeOffset Time, LogStream Stream, string Text);

/// <summary>Where a line was written.</summary>
public enum LogStream
{
    /// <summary>Standard output.</summary>
    Output,

    /// <summary>Standard error.</summary>
    Error,
}

/// <summary>Which lines of a container's log.</summary>
/// <param name="Follow">Whether to go on with new lines until the container ends.</param>
/// <param name="Since">Lines from this time on; null: from the start.</param>
/// <param name="Tail">That many lines from the end; null: all.</param>
public sealed record LogRequest(bool Follow = false, DateTimeOffset? Since = null, int? Tail = null);

/// <summary>Something that happened to a container.</summary>
/// <param name="Time">When.</param>
/// <param name="Action"><c>create</c>, <c>start</c>, <c>die</c>, <c>stop</c>, <c>kill</c>, <c>pause</c>, <c>oom</c>,
/// <c>destroy</c>.</param>
/// <param name="ContainerId">Of which container.</param>
/// <param name="Labels">The container's labels and, for <c>die</c>, <c>exitCode</c>.</param>
public sealed record EngineEvent(DateTimeOffset Time, string Action, string ContainerId, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>Exit code of a <c>die</c>; null for other events.</summary>
    public int? ExitCode => Labels.TryGetValue("exitCode", out var text) && int.TryParse(text, out var code) ? code : null;
}

/// <summary>What a container has used.</summary>
/// <param name="CpuNanoseconds">CPU time of all its processes since its start, in nanoseconds.</param>
/// <param name="ResidentBytes">Memory that can't be taken back by dropping caches: usage without inactive file pages, in bytes.</param>
/// <param name="ReadAt">When it was looked; where the engine did so, by the engine's clock: a busy engine answers late.</param>
public sealed record ContainerUsage(long CpuNanoseconds, long ResidentBytes, DateTimeOffset ReadAt)
{
    /// <summary>CPU time per second since an earlier reading of the same container; 0 where no time has passed.</summary>
    public double CoresSince(ContainerUsage earlier) =>
        ReadAt > earlier.ReadAt ? (CpuNanoseconds - earlier.CpuNanoseconds) / (ReadAt - earlier.ReadAt).TotalNanoseconds : 0;
}

/// <summary>What a command in a container gave.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output, UTF-8.</param>
/// <param name="Error">Standard error, UTF-8.</param>
public sealed record ExecResult(int ExitCode, string Output, string Error);

/// <summary>An image on this machine.</summary>
/// <param name="Id"><c>sha256:...</c>.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Created">When it was made.</param>
/// <param name="SizeBytes">Size in bytes.</param>
/// <param name="Entrypoint">What its containers run.</param>
/// <param name="Command">The entry point's arguments where none are given.</param>
public sealed record ImageDetails(
    string Id,
    IReadOnlyDictionary<string, string> Labels,
    DateTimeOffset Created,
    long SizeBytes,
    IReadOnlyList<string> Entrypoint,
    IReadOnlyList<string> Command);
