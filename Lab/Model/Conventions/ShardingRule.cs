using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace SynapseLab.Conventions;

/// <summary>
/// Which of several instances is responsible for a key: synapse/config/_base.py, ShardedWorkerHandlingConfig._get_instance.
/// SHA-256 of the key, read as a little-endian number, modulo the number of instances, is the index in configuration order;
/// so another order is another sharding. Keys: the room ID for writers of events, the destination's server name for federation senders,
/// the user ID for pushers.
/// </summary>
public static class ShardingRule
{
    /// <summary>The index of the responsible instance.</summary>
    /// <param name="key">Room ID, server name or user ID.</param>
    /// <param name="count">Number of instances, at least 1; with one instance it is 0 whatever the key.</param>
    public static int Index(string key, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return (int)(new BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes(key)), isUnsigned: true, isBigEndian: false) % count);
    }

    /// <summary>The responsible instance.</summary>
    /// <param name="key">Room ID, server name or user ID.</param>
    /// <param name="instances">In configuration order.</param>
    public static T Pick<T>(string key, IReadOnlyList<T> instances) => instances[Index(key, instances.Count)];
}
