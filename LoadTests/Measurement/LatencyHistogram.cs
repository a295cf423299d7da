using System.Numerics;

namespace SynapseLab.LoadTests.Measurement;

/// <summary>
/// Counts durations in log-linear buckets, as HdrHistogram does: values below 256 ns one by one, above that 128 buckets to each
/// power of two, so that any value read back is at most 0.8 % above a recorded one. Recording is an index and an increment;
/// nothing is allocated after construction (38 KiB). Not thread-safe: one writer at a time.
/// </summary>
internal sealed class LatencyHistogram
{
    // 2^7 buckets per power of two: the width of a bucket is below 1/128 of its values.
    private const int SubBits = 7;
    private const int Direct = 1 << (SubBits + 1);

    // 2^43 ns is two hours and a half, longer than any request's timeout; what is above counts as that.
    private const int TopBit = 43;
    private const long Highest = (1L << TopBit) - 1;
    private const int Buckets = Direct + ((TopBit - SubBits - 1) << SubBits);

    private readonly long[] _counts = new long[Buckets];
    private double _sum;

    /// <summary>Number of recorded values.</summary>
    public long Count { get; private set; }

    /// <summary>Smallest recorded value; zero where nothing was recorded.</summary>
    public TimeSpan Min => ToTimeSpan(Count == 0 ? 0 : MinNanoseconds);

    /// <summary>Largest recorded value, exact; zero where nothing was recorded.</summary>
    public TimeSpan Max => ToTimeSpan(MaxNanoseconds);

    /// <summary>Arithmetic mean, exact; zero where nothing was recorded.</summary>
    public TimeSpan Mean => Count == 0 ? TimeSpan.Zero : ToTimeSpan((long)(_sum / Count));

    private long MinNanoseconds { get; set; } = long.MaxValue;

    private long MaxNanoseconds { get; set; }

    /// <summary>Counts one duration.</summary>
    /// <param name="nanoseconds">The duration in nanoseconds; below zero counts as zero, above two hours and a half as that.</param>
    public void Record(long nanoseconds)
    {
        var value = Math.Clamp(nanoseconds, 0, Highest);
        _counts[Index(value)]++;
        Count++;
        _sum += value;
        if (value < MinNanoseconds)
        {
            MinNanoseconds = value;
        }

        if (value > MaxNanoseconds)
        {
            MaxNanoseconds = value;
        }
    }

    /// <summary>Adds everything that another histogram counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < Buckets; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        _sum += other._sum;
        MinNanoseconds = Math.Min(MinNanoseconds, other.MinNanoseconds);
        MaxNanoseconds = Math.Max(MaxNanoseconds, other.MaxNanoseconds);
    }

    /// <summary>Forgets everything, for the next interval.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
        _sum = 0;
        MinNanoseconds = long.MaxValue;
        MaxNanoseconds = 0;
    }

    /// <summary>The smallest value such that at least this share of all recorded values is not above it (nearest rank).</summary>
    /// <param name="percent">0 to 100.</param>
    /// <returns>The upper end of the bucket of that value, at most 0.8 % too high and never above <see cref="Max"/>; zero where nothing was
    /// recorded.</returns>
    public TimeSpan Percentile(double percent)
    {
        if (Count == 0)
        {
            return TimeSpan.Zero;
        }

        var rank = Math.Max(1, (long)Math.Ceiling(percent / 100 * Count));
        long seen = 0;
        for (var i = 0; i < Buckets; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return ToTimeSpan(Math.Min(UpperEnd(i), MaxNanoseconds));
            }
        }

        return Max;
    }

    /// <summary>The non-empty buckets in rising order, as upper end and count.</summary>
    public IEnumerable<(TimeSpan UpTo, long Count)> NonEmpty()
    {
        for (var i = 0; i < Buckets; i++)
        {
            if (_counts[i] > 0)
            {
                yield return (ToTimeSpan(UpperEnd(i)), _counts[i]);
            }
        }
    }

    private static int Index(long value)
    {
        if (value < Direct)
        {
            return (int)value;
        }

        // 256..511 have their top bit at 8 and are told apart by steps of 2, and so on.
        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static long UpperEnd(int index)
    {
        if (index < Direct)
        {
            return index;
        }

        var shift = (index >> SubBits) - 1;
        var first = (long)(index - (shift << SubBits)) << shift;
        return first + (1L << shift) - 1;
    }

    // A TimeSpan's tick is 100 ns; rounding up keeps "not above" true.
    private static TimeSpan ToTimeSpan(long nanoseconds) => TimeSpan.FromTicks((nanoseconds + 99) / 100);
}
