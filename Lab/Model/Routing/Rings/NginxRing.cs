using System.Text;
using SynapseLab.Plans;

namespace SynapseLab.Routing.Rings;

/// <summary>
/// The ring of nginx's <c>hash $key consistent</c> (src/http/modules/ngx_http_upstream_hash_module.c): 160 points for each
/// server on a circle of 32-bit numbers; a key belongs to the first point at or after its CRC-32. Adding a server so moves
/// about one key in as many as there are servers then.
/// </summary>
internal sealed class NginxRing
{
    private const int PointsPerServer = 160;

    private readonly (uint Hash, SynapseProcess Process)[] _points;

    private NginxRing(IEnumerable<SynapseProcess> members)
    {
        // Sorted by hash; where two servers share a point, the first in the configuration keeps it.
        _points = [.. members.SelectMany(Points).OrderBy(point => point.Hash).DistinctBy(point => point.Hash)];
    }

    /// <summary>The ring of a pool whose upstream names each member as <c>host:port</c>.</summary>
    public static NginxRing Of(IReadOnlyList<SynapseProcess> members) => new(members);

    /// <summary>The member that serves a key while all members are up.</summary>
    public SynapseProcess Choose(string key)
    {
        var hash = ~Crc(uint.MaxValue, Encoding.UTF8.GetBytes(key));
        var index = Array.FindIndex(_points, point => point.Hash >= hash);
        return _points[index < 0 ? 0 : index].Process;
    }

    /// <summary>The share of all keys that each of its processes gets: the arcs that end at its points.</summary>
    public IReadOnlyList<double> Shares(IReadOnlyList<SynapseProcess> processes)
    {
        var arcs = new Dictionary<SynapseProcess, long>();
        var previous = (long)_points[^1].Hash - (1L << 32);
        foreach (var (hash, process) in _points)
        {
            arcs[process] = arcs.GetValueOrDefault(process) + hash - previous;
            previous = hash;
        }

        return [.. processes.Select(process => arcs.GetValueOrDefault(process) / (double)(1L << 32))];
    }

    private static IEnumerable<(uint Hash, SynapseProcess Process)> Points(SynapseProcess process)
    {
        // CRC-32 of host, zero byte, port and the previous point's hash (0 for the first) in memory order of a little-endian machine.
        // Of unix:/path the path is the host, and there is no port.
        var server = Crc(
            uint.MaxValue,
            Encoding.ASCII.GetBytes(process.HttpSocket is { } socket ? $"{socket}\0" : $"{process.Host}\0{process.HttpPort}"));
        uint previous = 0;
        for (var point = 0; point < PointsPerServer; point++)
        {
            previous = ~Crc(server, BitConverter.GetBytes(previous));
            yield return (previous, process);
        }
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return crc;
    }
}
