using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Waiting;

public sealed class WaiterTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private readonly ManualTime _time = new();
    private readonly Waiter _waiter;

    public WaiterTests() => _waiter = new Waiter(_time, TimeSpan.FromMilliseconds(50));

    [Fact]
    public async Task A_predicate_is_looked_at_until_it_holds()
    {
        var looks = 0;

        await _waiter.UntilAsync(TimeSpan.FromSeconds(30), "it is the fifth look", _ => LookAsync(new Look(++looks == 5, $"{looks}")), CancellationToken.None);

        Assert.Equal(5, looks);
    }

    [Fact]
    public async Task A_deadline_that_passes_tells_what_each_look_saw_and_when()
    {
        var looks = 0;

        var error = await Assert.ThrowsAsync<LabException>(() => _waiter.UntilAsync(
            Soon, "the door opens", _ => LookAsync(Look.No(looks++ == 0 ? "no door" : "a closed door")), CancellationToken.None));

        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.Equal(
            """
            waited 1 s in vain for: the door opens
                t=  0.30 s  no door
                t=  0.60 s  a closed door  (3 times)
            """,
            error.Message);
    }

    [Fact]
    public async Task Only_the_checks_that_did_not_hold_are_told()
    {
        var error = await Assert.ThrowsAsync<LabException>(() => _waiter.UntilAsync(
            Soon,
            [new Check("the sun shines", _ => Task.FromResult(Look.Yes("yes"))), new Check("it rains", _ => LookAsync(Look.No("dry")))]));

        Assert.Contains("it rains", Assert.Single(error.Problems).What);
    }

    [Fact]
    public async Task An_exception_is_a_look_that_does_not_hold()
    {
        var looks = 0;

        await _waiter.UntilAsync(
            TimeSpan.FromSeconds(30), "it answers", async _ => ++looks < 3 ? throw new IOException(await LookAsync("refused")) : Look.Yes("answered"), CancellationToken.None);

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
                _time.Advance(Soon);
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

    // Time goes by while somebody looks, and only then.
    private Task<T> LookAsync<T>(T seen)
    {
        _time.Advance(TimeSpan.FromMilliseconds(300));
        return Task.FromResult(seen);
    }
}
