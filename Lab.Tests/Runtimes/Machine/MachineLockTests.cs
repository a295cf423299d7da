using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Machine;

public sealed class MachineLockTests
{
    private readonly string _name = $"test-{Guid.NewGuid():N}";
    private readonly Waiter _waiter = new(TimeProvider.System, TimeSpan.FromMilliseconds(1));

    [Fact]
    public void One_has_the_turn_and_the_next_gets_it_when_it_is_given_up()
    {
        using (MachineLock.TryTake(_name))
        {
            Assert.Null(MachineLock.TryTake(_name));
        }

        using var next = MachineLock.TryTake(_name);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Who_waits_has_its_turn_when_the_one_before_gives_it_up()
    {
        var first = MachineLock.TryTake(_name)!;
        var second = MachineLock.TakeAsync(_name, "the other is done", TimeSpan.FromMinutes(1), _waiter, CancellationToken.None);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public async Task A_turn_that_is_never_given_up_is_told_after_the_deadline()
    {
        using var first = MachineLock.TryTake(_name);

        var vain = await Assert.ThrowsAsync<LabException>(() =>
            MachineLock.TakeAsync(_name, "the other is done", TimeSpan.FromMilliseconds(50), _waiter, CancellationToken.None));

        Assert.Contains("in vain for: the other is done", vain.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_that_one_start_has_claimed_another_does_not_get_before_it_is_given_up()
    {
        // No port of this machine has that number.
        const int port = 1_000_000;
        using var one = new PortClaims();
        using var other = new PortClaims();

        Assert.True(one.TryTake(port));
        Assert.True(one.TryTake(port));
        Assert.False(other.TryTake(port));

        one.Clear();
        Assert.True(other.TryTake(port));
    }
}
