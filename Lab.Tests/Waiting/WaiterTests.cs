using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Waiting;

public sealed class WaiterTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);
    private readonly Waiter _waiter = new(TimeProvider.System, TimeSpan.FromMilliseconds(1));

    [Fact]
    public async Task A_predicate_is_looked_at_until_it_holds()
    {
        var looks = 0;

        await _waiter.UntilAsync(TimeSpan.FromSeconds(30), "it is the fifth look", _ => Task.FromResult(new Look(++looks == 5, $"{looks}")), CancellationToken.None);

        Assert.Equal(5, looks);
    }

    [Fact]
    public async Task A_deadline_that_passes_tells_what_each_look_saw_and_when()
    {
        var looks = 0;

        var error = await Assert.ThrowsAsync<LabException>(() => _waiter.UntilAsync(
            Soon, "the door opens", _ => Task.FromResult(Look.No(looks++ == 0 ? "no door" : "a closed door")), CancellationToken.None));

        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.Matches(@"^waited 0\.1 s in vain for: the door opens\r?\n    t=  0\.\d\d s  no door\r?\n    t=  0\.\d\d s  a closed door", error.Message);
    }

    [Fact]
    public async Task Only_the_checks_that_did_not_hold_are_told()
    {
        var error = await Assert.ThrowsAsync<LabException>(() => _waiter.UntilAsync(
            Soon,
            [new Check("the sun shines", _ => Task.FromResult(Look.Yes("yes"))), new Check("it rains", _ => Task.FromResult(Look.No("dry")))]));

        Assert.Contains("it rains", Assert.Single(error.Problems).What);
    }

    [Fact]
    public async Task An_exception_is_a_look_that_does_not_hold()
    {
        var looks = 0;

        await _waiter.UntilAsync(
            TimeSpan.FromSeconds(30), "it answers", _ => ++looks < 3 ? throw new IOException("refused") : Task.FromResult(Look.Yes("answered")), CancellationToken.None);

        Assert.Equal(3, looks);
    }

    [Fact]
    public async Task A_look_that_never_comes_back_ends_at_the_deadline()
    {
        var error = await Assert.ThrowsAsync<LabException>(() => _waiter.UntilAsync(
            Soon,
            "it answers",
            async token =>
            {
                await new TaskCompletionSource().Task.WaitAsync(token);
                return Look.Yes("answered");
            },
            CancellationToken.None));

        Assert.Contains("the first look never came back", error.Message);
    }

    [Fact]
    public async Task Who_cancels_gets_a_cancellation_and_no_report()
    {
        using var end = new CancellationTokenSource();

        var waiting = _waiter.UntilAsync(TimeSpan.FromSeconds(30), "never", _ => Task.FromResult(Look.No("no")), end.Token);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Every_check_that_holds_is_told_once()
    {
        var held = new List<string>();

        await _waiter.UntilAsync(
            TimeSpan.FromSeconds(30),
            [new Check("one", _ => Task.FromResult(Look.Yes(""))), new Check("two", _ => Task.FromResult(Look.Yes("")))],
            (check, _) => held.Add(check.Name));

        Assert.Equal(["one", "two"], held.Order());
    }

    [Fact]
    public void A_long_history_keeps_the_first_look_and_the_last_ones()
    {
        var history = new LookHistory("the count reaches 100");
        for (var i = 0; i < 50; i++)
        {
            history.Add(TimeSpan.FromSeconds(i), Look.No($"count {i}"));
        }

        var report = history.ToProblem(TimeSpan.FromSeconds(50)).What;

        Assert.Contains("count 0", report);
        Assert.Contains("count 49", report);
        Assert.DoesNotContain("count 20", report);
        Assert.Contains("(38 more, left out after the first)", report);
    }
}
