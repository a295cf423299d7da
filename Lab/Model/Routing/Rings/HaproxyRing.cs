using System.Net;
using System.Text;
using SynapseLab.Plans;

namespace SynapseLab.Routing.Rings;

/// <summary>
/// The ring of HAProxy's <c>hash-type consistent</c> (src/lb_chash.c, src/backend.c gen_hash): for each server sixteen points for each
/// unit of weight on a circle of 32-bit numbers, made of its identifier; a key, hashed by sdbm and mixed, belongs to the nearest point.
/// </summary>
public sealed class HaproxyRing
{
    /// <summary>The weight that the rendered configuration gives each server.</summary>
    public const int Weight = 16;

    // SRV_EWGHT_RANGE and BE_WEIGHT_SCALE (include/haproxy/server-t.h, backend-t.h).
    private const uint RangePerServer = 4096;
    private const uint PointsPerWeight = 16;

    private readonly (uint Hash, SynapseProcess Process)[] _points;

    private HaproxyRing(IEnumerable<SynapseProcess> members) => _points =
        [.. members.SelectMany(process => Points(process).Select(hash => (Hash: hash, Process: process))).OrderBy(point => point.Hash)];

    /// <summary>The ring of a pool whose servers have their ports for identifiers.</summary>
    public static HaproxyRing Of(IReadOnlyList<SynapseProcess> members) => new(members);

    /// <summary>The member that serves a key while all members are up.</summary>
    /// <param name="key">The key of <see cref="AffinityKey"/>.</param>
    /// <param name="address">The client's address: where the key is this, HAProxy hashes its bytes in place of its text.</param>
    public SynapseProcess Choose(string key, IPAddress address)
    {
        var hash = Mixed(Sdbm(key == address.ToString() ? address.GetAddressBytes() : Encoding.UTF8.GetBytes(key)));
        var found = Array.FindIndex(_points, point => point.Hash >= hash);
        var next = found < 0 ? 0 : found;
        var previous = (next + _points.Length - 1) % _points.Length;
        return unchecked(hash - _points[previous].Hash <= _points[next].Hash - hash) ? _points[previous].Process : _points[next].Process;
    }

    /// <summary>The share of all keys that each of its processes gets: of each arc, half goes to the point at either end.</summary>
    public IReadOnlyList<double> Shares(IReadOnlyList<SynapseProcess> processes)
    {
        var arcs = new Dictionary<SynapseProcess, double>();
        var previous = (Hash: _points[^1].Hash - (double)(1L << 32), _points[^1].Process);
        foreach (var (hash, process) in _points)
        {
            var half = (hash - previous.Hash) / 2;
            arcs[previous.Process] = arcs.GetValueOrDefault(previous.Process) + half;
            arcs[process] = arcs.GetValueOrDefault(process) + half;
            previous = (hash, process);
        }

        return [.. processes.Select(process => arcs.GetValueOrDefault(process) / (1L << 32))];
    }

    private static IEnumerable<uint> Points(SynapseProcess process)
    {
        for (uint point = 0; point < Weight * PointsPerWeight; point++)
        {
            yield return Mixed(((uint)process.HttpPort * RangePerServer) + point);
        }
    }

    private static uint Sdbm(ReadOnlySpan<byte> bytes)
    {
        uint hash = 0;
        foreach (var value in bytes)
        {
            hash = unchecked(value + (hash << 6) + (hash << 16) - hash);
        }

        return hash;
    }

    /// <summary>Bob Jenkins' full avalanche, times a prime that spreads it over the circle
    /// (include/haproxy/intops.h __full_hash).</summary>
    private static uint Mixed(uint value)
    {
        unchecked
        {
            value = value + 0x7ed55d16 + (value << 12);
            value = value ^ 0xc761c23c ^ (value >> 19);
            value = value + 0x165667b1 + (value << 5);
            value = (value + 0xd3a2646c) ^ (value << 9);
            value = value + 0xfd7046c5 + (value << 3);
            return (value ^ 0xb55a4f09 ^ (value >> 16)) * 3221225473;
        }
    }
}
