using SynapseLab.Cli;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class LiveLineTests
{
    private readonly StringWriter _terminal = new();
    private readonly StoppedClock _time = new();

    [Fact]
    public void A_person_sees_one_line_that_is_written_over()
    {
        var line = Line();
        line.Show("set-up", 0.5, "12 of 24 users");
        _time.Advance(100);
        line.Show("set-up", 0.75, "done");

        Assert.Equal(
            "\rset-up          [############............] 12 of 24 users" +
            "\rset-up          [##################......] done          ",
            _terminal.ToString());
    }

    [Fact]
    public void What_comes_faster_than_anybody_reads_is_left_out_but_for_a_new_phase_and_the_end_of_one()
    {
        var line = Line();
        line.Show("load", 0.1, "a");
        line.Show("load", 0.2, "b");
        _time.Advance(99);
        line.Show("load", 0.3, "c");
        line.Show("load", 1, "d");
        line.Show("last deliveries", 0, "e");
        _time.Advance(100);
        line.Show("last deliveries", 0, "f");

        Assert.Equal(
            ["a", "d", "e", "f"],
            _terminal.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Trim()[^1..]));
    }

    [Fact]
    public void Cleared_it_leaves_an_empty_line_to_other_output()
    {
        var line = Line();
        line.Show("load", 0, "x");
        var length = _terminal.ToString().Length - 1;
        _terminal.GetStringBuilder().Clear();
        line.Clear();
        line.Clear();

        Assert.Equal($"\r{new string(' ', length)}\r", _terminal.ToString());
    }

    [Fact]
    public void A_share_beyond_its_bounds_fills_the_bar_and_no_more()
    {
        var line = Line();
        line.Show("load", 1.7, "");
        line.Show("load", -1, "");

        Assert.StartsWith($"\rload            [{new string('#', 24)}] ", _terminal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nobody_looks_each_phase_is_a_line()
    {
        var line = new LiveLine(_terminal, interactive: false, _time);
        line.Show("set-up", 0, "1 of 24 users");
        line.Show("set-up", 0.5, "12 of 24 users");
        line.Show("load", 0, "");
        line.Clear();

        Assert.Equal("set-up ...\nload ...\n", _terminal.ToString());
    }

    [Fact]
    public void Where_nobody_looks_a_long_phase_says_every_ten_seconds_where_it_is()
    {
        var line = new LiveLine(_terminal, interactive: false, _time);
        line.Show("set-up", 0, "users 1 of 5000");
        _time.Advance(9_999);
        line.Show("set-up", 0.08, "users 399 of 5000, 40/s, 116 s left");
        _time.Advance(1);
        line.Show("set-up", 0.08, "users 400 of 5000, 40/s, 115 s left");
        line.Show("set-up", 0.08, "users 401 of 5000, 40/s, 115 s left");

        Assert.Equal("set-up ...\nset-up: users 400 of 5000, 40/s, 115 s left\n", _terminal.ToString());
    }

    private LiveLine Line() => new(_terminal, interactive: true, _time);

    private sealed class StoppedClock : TimeProvider
    {
        private long _now = 1_000_000;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _now;

        public void Advance(int milliseconds) => _now += milliseconds;
    }
}
