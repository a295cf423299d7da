using System.Globalization;

namespace SynapseLab.Runtimes.Machine;

/// <summary>The user that this process runs as, which owns the labs' folders and runs in their containers.</summary>
/// <param name="Uid">User id.</param>
/// <param name="Gid">Group id.</param>
public sealed record UnixUser(int Uid, int Gid)
{
    /// <summary>The effective ids of this process.</summary>
    public static UnixUser Current()
    {
        var status = File.ReadAllLines("/proc/self/status");
        return new UnixUser(Effective("Uid:", status), Effective("Gid:", status));
    }

    // Real, effective, saved, file system: "Uid:\t1000\t1000\t1000\t1000" (proc(5), status).
    internal static int Effective(string field, IEnumerable<string> lines) =>
        int.Parse(lines.First(line => line.StartsWith(field, StringComparison.Ordinal)).Split('\t')[2], CultureInfo.InvariantCulture);

    /// <summary><c>1000:1000</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Uid}:{Gid}");
}
