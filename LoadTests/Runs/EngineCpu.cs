using System.Globalization;

namespace SynapseLab.LoadTests.Runs;

/// <summary>
/// CPU time of the container engine's own processes, where they run on this machine. It forwards ports and logs, and where the kernel's accounts
/// cannot be seen (<see cref="UsageSampler.AsksEngine"/>) it answers the lab's readings of usage too, whose cost cannot be told from the rest.
/// </summary>
/// <param name="proc">The folder of processes (proc(5)); another one in tests.</param>
public sealed class EngineCpu(string proc = "/proc")
{
    private const double TicksPerSecond = 100;

    // As the second field of /proc/PID/stat has them, which is cut after 15 characters: containerd-shim-runc-v2 is one of them.
    private static readonly HashSet<string> _programs = new(StringComparer.Ordinal) { "dockerd", "containerd", "containerd-shim", "docker-proxy", "podman", "conmon" };
    private Dictionary<int, long> _before = [];

    /// <summary>The reading to count from.</summary>
    public void Begin() => _before = Read();

    /// <summary>Seconds since <see cref="Begin"/>; null where no process of an engine can be seen.</summary>
    public double? End()
    {
        var now = Read();
        return now.Count == 0 ? null : now.Sum(process => process.Value - _before.GetValueOrDefault(process.Key)) / TicksPerSecond;
    }

    private Dictionary<int, long> Read()
    {
        var ticks = new Dictionary<int, long>();
        if (!Directory.Exists(proc))
        {
            return ticks;
        }

        foreach (var folder in Directory.EnumerateDirectories(proc))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Ticks(Path.Combine(folder, "stat")) is { } used)
            {
                ticks[pid] = used;
            }
        }

        return ticks;
    }

    // 2109 (dockerd) S 1 2109 2109 0 -1 4194560 24680 981 1 3 5213 1301 13 9 20 ...: fields 14 and 15 are its own time, user and system. That of its
    // children (16 and 17) is left out: the health checks that a shim has run are in the container's account already.
    private static long? Ticks(string file)
    {
        try
        {
            var stat = File.ReadAllText(file);
            var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
            if (open < 0 || !_programs.Contains(stat[(open + 1)..close]))
            {
                return null;
            }

            var fields = stat[(close + 2)..].Split(' ');
            return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended meanwhile, or somebody else's.
            return null;
        }
    }
}
