using System.Globalization;

namespace SynapseLab.Runtimes.Machine;

/// <summary>A process of this machine.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="Command">Its command line, words separated by spaces; the program's name in brackets where it has none.</param>
public sealed record MachineProcess(int Pid, string Command);

/// <summary>Times of a process, in clock ticks: hundredths of seconds.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="Name">The program's name, cut after 15 characters.</param>
/// <param name="Cpu">CPU time that it has used itself, without its children.</param>
/// <param name="Start">When it began, since boot.</param>
/// <param name="IsZombie">It has ended, and its parent has not yet asked how.</param>
public sealed record ProcessTimes(int Pid, string Name, long Cpu, long Start, bool IsZombie = false)
{
    /// <summary>A clock tick as proc(5) counts: USER_HZ is 100 on every architecture that .NET runs on.</summary>
    public const long NanosecondsPerTick = 10_000_000;
}

/// <summary>Reads processes and ports from a /proc folder (proc(5)).</summary>
/// <param name="proc">The folder; another one in tests.</param>
public sealed class ProcessTable(string proc = "/proc")
{
    /// <summary>When a process began, in clock ticks since boot; null: there is none of that id.</summary>
    public long? StartOf(int pid) => TimesOf(pid)?.Start;

    /// <summary>Name and times of all processes; none where there is no such folder.</summary>
    public IEnumerable<ProcessTimes> Times() => Pids().Select(TimesOf).OfType<ProcessTimes>();

    /// <summary>Ids of the children of a process's first thread, in the order in which it made them;
    /// none where there is no such process or this user may not see them.</summary>
    public IReadOnlyList<int> ChildrenOf(int pid)
    {
        try
        {
            // "4242 4243 4250 ": only a kernel without CONFIG_PROC_CHILDREN has no such file.
            return [.. File.ReadAllText($"{proc}/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The number that a process has in its container; its own where it is in none; null: there is no such process,
    /// or this user may not see it.</summary>
    public int? NumberInContainer(int pid)
    {
        try
        {
            // "NSpid:\t4242\t17": its numbers from the outermost namespace in (proc_pid_status(5)).
            return File.ReadLines($"{proc}/{pid}/status").FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal)) is { } line
                ? int.Parse(line.Split('\t')[^1], CultureInfo.InvariantCulture)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Name and times of a process; null: there is none of that id.</summary>
    public ProcessTimes? TimesOf(int pid)
    {
        try
        {
            // 2109 (a name (with brackets)) S 1 2109 2109 0 -1 4194560 24680 981 1 3 5213 1301 13 9 20 0 9 0 3456 ...:
            // fields 14 and 15 are its own time, user and system, 22 is its start; the first after the last bracket is field 3.
            var stat = File.ReadAllText($"{proc}/{pid}/stat");
            var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
            var fields = stat[(close + 2)..].Split(' ');
            return new ProcessTimes(pid, stat[(open + 1)..close], Ticks(14) + Ticks(15), Ticks(22), fields[0] == "Z");

            long Ticks(int field) => long.Parse(fields[field - 3], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Effective user id of a process; null: there is none of that id.</summary>
    public int? UserOf(int pid)
    {
        try
        {
            return UnixUser.Effective("Uid:", File.ReadAllLines($"{proc}/{pid}/status"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>All processes that this user may look at.</summary>
    public IEnumerable<MachineProcess> All() => Pids().Select(Describe).OfType<MachineProcess>();

    /// <summary>Who listens on a TCP port of this machine.</summary>
    /// <returns>Null where nobody listens, or the system does not tell this user who it is.</returns>
    public MachineProcess? ListenerOf(int port)
    {
        var sockets = Inodes(port).Select(inode => $"socket:[{inode}]").ToHashSet();
        if (sockets.Count == 0)
        {
            return null;
        }

        foreach (var pid in Pids())
        {
            try
            {
                if (Directory.EnumerateFiles($"{proc}/{pid}/fd").Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target)))
                {
                    return Describe(pid);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Ended meanwhile, or somebody else's.
            }
        }

        return null;
    }

    // "  0: 0100007F:1F48 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 12345 ...": local address and port in
    // hexadecimal, 0A is LISTEN, the tenth column is the socket's inode.
    private IEnumerable<string> Inodes(int port)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        foreach (var file in new[] { $"{proc}/net/tcp", $"{proc}/net/tcp6" }.Where(File.Exists))
        {
            foreach (var line in File.ReadLines(file).Skip(1))
            {
                var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (columns.Length > 9 && columns[3] == "0A" && columns[1].EndsWith(suffix, StringComparison.Ordinal))
                {
                    yield return columns[9];
                }
            }
        }
    }

    private IEnumerable<int> Pids() =>
        (Directory.Exists(proc) ? Directory.EnumerateDirectories(proc) : [])
            .Select(
                folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0);

    private MachineProcess? Describe(int pid)
    {
        try
        {
            var words = File.ReadAllText($"{proc}/{pid}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
            return new MachineProcess(
                pid, words.Length > 0 ? string.Join(' ', words) : $"[{File.ReadAllText($"{proc}/{pid}/comm").Trim()}]");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
