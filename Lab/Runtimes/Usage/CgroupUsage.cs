using System.Globalization;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Runtimes.Usage;

/// <summary>
/// What a container uses, as the kernel counts it (cgroups(7)). It is where the engine looks, too; but a question to the engine costs
/// it and its shims milliseconds of CPU, which during a load are taken from what is measured.
/// </summary>
public sealed class CgroupUsage
{
    private readonly string _cpu;
    private readonly string _memory;
    private readonly bool _unified;
    private readonly TimeProvider _time;

    private CgroupUsage(string cpu, string memory, bool unified, TimeProvider time) =>
        (_cpu, _memory, _unified, _time) = (cpu, memory, unified, time);

    /// <summary>Finds the account of a container that runs.</summary>
    /// <param name="pid">Its first process, as the engine names it.</param>
    /// <param name="containerId">Its identifier, whole.</param>
    /// <param name="time">Stamps the readings.</param>
    /// <param name="proc">The folder of processes (proc(5)); another one in tests.</param>
    /// <param name="cgroups">Where the kernel's accounts are mounted; another one in tests.</param>
    /// <returns>Null where it runs on another machine or in a virtual one, or its account cannot be seen from here.</returns>
    public static CgroupUsage? Find(
        int pid, string containerId, TimeProvider time, string proc = "/proc", string cgroups = "/sys/fs/cgroup")
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines($"{proc}/{pid}/cgroup");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // Version 1, a line for each hierarchy: "4:memory:/docker/ccb96d...", "2:cpu,cpuacct:/docker/ccb96d...".
        // Version 2, one for all: "0::/system.slice/docker-ccb96d....scope".
        // Without the container's name in it, it is somebody else's process of the same number.
        var paths = lines
            .Select(line => line.Split(':', 3))
            .Where(parts => parts.Length == 3 && parts[2].Contains(containerId, StringComparison.Ordinal))
            .ToArray();
        string? FolderOf(string controller) =>
            paths.FirstOrDefault(parts => parts[1].Split(',').Contains(controller)) is { } parts ? $"{cgroups}/{parts[1]}{parts[2]}" : null;
        var account = FolderOf("cpuacct") is { } cpu && FolderOf("memory") is { } memory
            ? new CgroupUsage(cpu, memory, false, time)
            : FolderOf("") is { } folder ? new CgroupUsage(folder, folder, true, time) : null;
        return account?.Read() is null ? null : account;
    }

    /// <summary>One reading.</summary>
    /// <returns>Null where the container does not run any more.</returns>
    public ContainerUsage? Read()
    {
        try
        {
            return _unified
                ? new ContainerUsage(
                    Field($"{_cpu}/cpu.stat", "usage_usec") * 1000,
                    Number($"{_memory}/memory.current") - Field($"{_memory}/memory.stat", "inactive_file"),
                    _time.GetUtcNow())
                : new ContainerUsage(
                    Number($"{_cpu}/cpuacct.usage"),
                    Number($"{_memory}/memory.usage_in_bytes") - Field($"{_memory}/memory.stat", "total_inactive_file"),
                    _time.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Number(string file) => long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);

    // "usage_usec 41267\nuser_usec 30012\n...": a name and a number on each line.
    private static long Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith($"{name} ", StringComparison.Ordinal)) is { } line
            ? long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture)
            : 0;
}
