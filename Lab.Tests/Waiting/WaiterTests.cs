using Microsoft.Extensions.Time.Testing;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Waiting;

public sealed class WaiterTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _time = new();
    private readonly Waiter _waiter;

    public WaiterTests() => _waiter = new Waiter(_time, TimeSpan.FromMilliseconds(50));

    [Fact]
    public async Task A_predicate_is_looked_at_until_it_holds()
    {
        var looks = 0;

        await _waiter.UntilAsync(
            TimeSpan.FromSeconds(30),
            "it is the fifth look",
            _ => LookAsync(new Observation(++looks == 5, $"{looks}")),
            CancellationToken.None);

        Assert.Equal(5, looks);
    }

    [Fact]
    public async Task A_deadline_that_passes_tells_what_each_look_saw_and_when()
    {
        var looks = 0;

        var error = await Assert.ThrowsAsync<LabException>(() => _waiter.UntilAsync(
            Soon, "the door opens", _ => LookAsync(Observation.No(looks++ == 0 ? "no door" : "a closed door")), CancellationToken.None));

        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.Equal(
            """
            waited 1 s in vain for: the door opens
                t=  0.30 s  no door
                t=  0.60 s  a closed door  (3 times, the last at 1.20 s)
            """,
            error.Message);
    }

    [Fact]
    public async Task The_checks_that_held_are_told_too_after_those_that_did_not()
    {
        var error = await Assert.ThrowsAsync<LabException>(() => _waiter.UntilAsync(
            Soon,
            [
                new Condition("the sun shines", _ => Task.FromResult(Observation.Yes("one sun"))),
                new Condition("it rains", _ => LookAsync(Observation.No("dry"))),
            ]));

        Assert.Equal(
            """
            waited 1 s in vain for: it rains
                t=  0.30 s  dry  (4 times, the last at 1.20 s)
            held after 0.00 s: the sun shines
                t=  0.00 s  one sun
            """,
            error.Message);
    }

    [Fact]
    public async Task An_exception_is_a_look_that_does_not_hold()
    {
        var looks = 0;

        await _waiter.UntilAsync(
            TimeSpan.FromSeconds(30), "it answers", async _ =>
                ++looks < 3 ? throw new IOException(await LookAsync("refused")) : Observation.Yes("answered"), CancellationToken.None);

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
                return Observation.Yes("answered");
            },
            CancellationToken.None));

        Assert.Contains("the first look never came back", error.Message);
    }

    [Fact]
    public async Task Who_cancels_gets_a_cancellation_and_no_report()
    {
        using var end = new CancellationTokenSource();

        var waiting = _waiter.UntilAsync(TimeSpan.FromSeconds(30), "never", _ => Task.FromResult(Observation.No("no")), end.Token);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Every_check_that_holds_is_told_once()
    {
        var held = new List<string>();

        await _waiter.UntilAsync(
            TimeSpan.FromSeconds(30),
            [
                new Condition("one", _ => Task.FromResult(Observation.Yes(""))),
                new Condition("two", _ => Task.FromResult(Observation.Yes(""))),
            ],
            (check, _) => held.Add(check.Name));

        Assert.Equal(["one", "two"], held.Order());
    }

    [Fact]
    public void A_history_keeps_every_change()
    {
        var report = Counted(200);

        Assert.Equal(
            [
                "waited 200 s in vain for: the count never ends",
                .. Enumerable.Range(0, 200).Select(i => $"    t={i + ".00",6} s  count {i}"),
            ],
            report.Split(Environment.NewLine));
    }

    [Fact]
    public void A_history_without_end_is_cut_in_the_middle_and_says_so()
    {
        var report = Counted(1000);

        Assert.Contains(
            """
                t= 99.00 s  count 99
                (800 more changes were seen from 100.00 s to 899.00 s; the first and the last 100 are shown)
                t=900.00 s  count 900
            """,
            report);
        Assert.EndsWith("count 999", report);
    }

    [Fact]
    public void What_is_seen_again_after_something_else_is_told_again()
    {
        var history = new ObservationHistory("the door stays open");
        foreach (var (i, seen) in new[] { "open", "open", "closed", "open" }.Index())
        {
            history.Add(TimeSpan.FromSeconds(i), Observation.No(seen));
        }

        Assert.Equal(
            """
            waited 4 s in vain for: the door stays open
                t=  0.00 s  open  (2 times, the last at 1.00 s)
                t=  2.00 s  closed
                t=  3.00 s  open
            """,
            history.ToProblem(TimeSpan.FromSeconds(4)).What);
    }

    [Fact]
    public void What_held_in_the_end_is_told_with_what_was_seen_before()
    {
        var history = new ObservationHistory("the door opens");
        history.Add(TimeSpan.FromSeconds(1), Observation.No("a closed door"));
        history.Add(TimeSpan.FromSeconds(2), Observation.Yes("an open door"));

        Assert.Equal(
            """
            held after 2.00 s: the door opens
                t=  1.00 s  a closed door
                t=  2.00 s  an open door
            """,
            history.ToProblem(TimeSpan.FromSeconds(9)).What);
    }

    [Fact]
    public void Several_lines_of_one_look_stay_together()
    {
        var history = new ObservationHistory("it answers");
        history.Add(TimeSpan.Zero, Observation.No("not yet:\n502"));

        Assert.EndsWith(
            "    t=  0.00 s  not yet:\n                  502",
            history.ToProblem(TimeSpan.FromSeconds(1)).What.ReplaceLineEndings("\n"));
    }

    private static string Counted(int looks)
    {
        var history = new ObservationHistory("the count never ends");
        for (var i = 0; i < looks; i++)
        {
            history.Add(TimeSpan.FromSeconds(i), Observation.No($"count {i}"));
        }

        return history.ToProblem(TimeSpan.FromSeconds(looks)).What;
    }

    // Time goes by while somebody looks, and only then.
    private Task<T> LookAsync<T>(T seen)
    {
        _time.Advance(TimeSpan.FromMilliseconds(300));
        return Task.FromResult(seen);
    }
}
