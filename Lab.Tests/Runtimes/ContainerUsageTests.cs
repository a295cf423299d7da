using SynapseLab.Runtimes.Engine;
using Xunit;

namespace SynapseLab.Tests.Runtimes;

public sealed class ContainerUsageTests
{
    private static readonly ContainerUsage _first = new(5_000_000_000, 0, DateTimeOffset.UnixEpoch);

    [Fact]
    public void Cores_are_counted_between_the_moments_at_which_the_engine_looked() =>
        Assert.Equal(0.75, (_first with { CpuNanoseconds = 8_000_000_000, ReadAt = _first.ReadAt.AddSeconds(4) }).CoresSince(_first));

    [Fact]
    public void Two_readings_of_one_moment_say_nothing() => Assert.Equal(0, (_first with { CpuNanoseconds = 6_000_000_000 }).CoresSince(_first));
}
