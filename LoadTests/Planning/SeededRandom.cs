namespace SynapseLab.LoadTests.Planning;

/// <summary>Random numbers that are the same for a seed on every machine and in every version of .NET: SplitMix64 (Steele, Lea, Flood,
/// "Fast splittable pseudorandom number generators", 2014).</summary>
/// <param name="seed">Any number.</param>
internal sealed class SeededRandom(long seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 .. count-1.</summary>
    public int Next(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);
}
