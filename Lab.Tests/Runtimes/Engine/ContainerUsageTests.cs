using SynapseLab.Runtimes.Engine;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Engine;

public sealed class ContainerUsageTests
{
    private static readonly ContainerUsage First = new(5_000_000_000, 0, DateTimeOffset.UnixEpoch);

    [Fact]
    public void Cores_are_counted_between_the_moments_at_which_the_engine_looked() =>
        Assert.Equal(0.75, (First with { CpuNanoseconds = 8_000_000_000, ReadAt = First.ReadAt.AddSeconds(4) }).CoresSince(First));

    [Fact]
    public void Two_readings_of_one_moment_say_nothing() =>
        Assert.Equal(0, (First with { CpuNanoseconds = 6_000_000_000 }).CoresSince(First));
}
