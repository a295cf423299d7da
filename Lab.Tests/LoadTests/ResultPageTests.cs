using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Reports.Page;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class ResultPageTests
{
    private static readonly IReadOnlyList<(string, string)> _environment = [("cores", "2"), ("image synapse", "matrixdotorg/synapse:v1.160.0")];

    [Fact]
    public void The_page_of_a_good_run() => Snapshot.Match(ResultPage.Render(Result(), "<svg viewBox=\"0 0 10 10\"></svg>", _environment), "LoadTests/index.html");

    [Fact]
    public void The_result_of_a_good_run() => Snapshot.Match(Result().ToJson(), "LoadTests/result.json");

    [Fact]
    public void A_result_is_read_back_as_it_was_written() => Assert.Equal(Result().ToJson(), LoadResult.FromJson(Result().ToJson()).ToJson());

    [Theory]
    [InlineData(57, 134, "57 / 134 ms")]
    [InlineData(204.5, 1200, "0.20 / 1.20 s")]
    [InlineData(14563, 34897, "14.6 / 34.9 s")]
    public void Long_latencies_fit_on_their_card_in_seconds(double median, double most, string text)
    {
        var result = Result();
        var send = result.Operations[0] with { Latency = result.Operations[0].Latency with { P50 = median, P95 = most } };
        Assert.Contains($"<b>{text}</b><span>send, median and 95 %</span>", ResultPage.Render(result with { Operations = [send] }, null, []));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(2, 2, 2)]
    public void A_line_goes_on_where_nothing_was_due_and_is_interrupted_where_all_failed(long done, long failed, int pieces)
    {
        var timeline = new OperationTimeline([5, done, 5], [0, failed, 0], [10, null, 12], [20, null, 22], [30, null, 32]);
        var median = Plots.Latency(timeline, "send", 1, 3, 500, 210).Split('\n').Single(line => line.Contains("#0072b2", StringComparison.Ordinal));
        Assert.Equal(pieces, median.Count(letter => letter == 'M'));
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere()
    {
        var page = ResultPage.Render(Result(), null, _environment);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.DoesNotContain("https://", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("<img", page);
    }

    [Fact]
    public void Words_from_outside_cannot_become_markup()
    {
        var page = ResultPage.Render(
            Result() with { Description = "<b>&", Command = "./lab load '<i>'", Errors = [new ErrorResult("send", "<script>alert(1)</script>", 1)], Problems = ["<u>"] },
            null, [("<a>", "<em>")]);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page);
        foreach (var tag in new[] { "<b>&<", "<i>", "<script>", "<u>", "<a>", "<em>" })
        {
            Assert.DoesNotContain(tag, page);
        }
    }

    [Fact]
    public void A_broken_run_is_never_shown_as_a_good_one()
    {
        var broken = Result() with { End = RunEnd.Broken, Problems = ["container generic_worker2 ended with exit code 137"] };
        Assert.False(broken.Good);
        var page = ResultPage.Render(broken, null, _environment);
        Assert.Contains("broken: not a result", page);
        Assert.Contains("container generic_worker2 ended with exit code 137", page);
    }

    [Theory]
    [InlineData(RunEnd.Complete, "lost")]
    [InlineData(RunEnd.Interrupted, "not come")]
    [InlineData(RunEnd.Broken, "not come")]
    public void Only_a_run_that_waited_to_the_end_calls_deliveries_lost(RunEnd end, string word) =>
        Assert.Contains($"<span>deliveries {word} / twice, of 4792</span>", ResultPage.Render(Result() with { End = end }, null, []));

    [Theory]
    [InlineData(107, 0.19, false)]
    [InlineData(155.3, 1, true)]
    public void Other_work_that_took_more_than_a_tenth_of_the_machine_is_told(double machineSeconds, double cores, bool told)
    {
        var result = Result() with { LoadSeconds = 60, Instruments = InstrumentResult.Of(1.9, 3.4, false, machineSeconds, 2) };
        Assert.Equal((cores, told), (result.OtherCores, result.Disturbed));
        Assert.False((result with { End = RunEnd.Broken }).Disturbed);
        Assert.Equal(told, ResultPage.Render(result, null, []).Contains("Other work on this machine used 1.00 of its 2 cores meanwhile", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_did_nothing_has_a_page_too()
    {
        var nothing = Result() with
        {
            Operations = [],
            Processes = [],
            Containers = [],
            Timeline = new RunTimeline(1, new Dictionary<string, OperationTimeline>(), [], new Dictionary<string, IReadOnlyList<double>>()),
        };
        Assert.EndsWith("</html>\n", ResultPage.Render(nothing, null, []));
    }

    /// <summary>A minute of a small chat, made up.</summary>
    private static LoadResult Result()
    {
        var collector = new SampleCollector(TimeSpan.FromSeconds(60));
        var random = new Random(5);
        for (var i = 0; i < 2400; i++)
        {
            var at = i * 25_000_000L;
            var took = (long)(Math.Exp(random.NextDouble() * 2) * 20_000_000);
            var kind = (i % 8) switch { 0 or 1 => OperationKind.Send, 2 => OperationKind.Typing, 3 => OperationKind.Receipt, _ => OperationKind.Delivery };
            collector.Add([new Sample(at, at + 300_000, at + took, kind, (ushort)(i == 1000 ? 502 : 200), 1, 60)]);
        }

        double[] seconds = [.. Enumerable.Range(1, 30).Select(i => i * 2.0)];
        var containers = new[] { "main", "generic_worker1", "events_persister1", "postgres", "redis", "proxy" };
        return new LoadResult
        {
            Profile = "chat",
            Description = "Steady talk of 24 people in 6 rooms",
            Topology = "reference",
            Lab = "reference",
            Driver = "builtin",
            Seed = 1,
            Run = "5f2a7c01",
            Command = "./lab load chat --topology reference --rate 20 --duration 1m --seed 1 --driver builtin",
            Started = new DateTimeOffset(2026, 11, 21, 7, 5, 0, TimeSpan.Zero),
            PlannedSeconds = 60,
            LoadSeconds = 60.02,
            DrainSeconds = 0.4,
            End = RunEnd.Complete,
            Problems = [],
            Operations = collector.Operations([600, 300, 300, 0, 0, 0, 0], 60.02),
            Deliveries = new DeliveryCount(599, 1, 4792, 4792, 0, 0, 0, 0),
            Errors = [new ErrorResult("send", "HTTP 502", 1)],
            Processes =
            [
                new ProcessResult("main", 3.1, 0.05, 146, 320, 0, 0, 0, 0),
                new ProcessResult("generic_worker1", 22.8, 0.38, 152, 3188, 1188, 0, 0, 0),
                new ProcessResult("events_persister1", 9.4, 0.16, 140, 600, 0, 599, 0, 0),
            ],
            Containers = [.. containers.Select((name, i) => new ContainerResult(name, 5 + (4 * i), Math.Round((5 + (4 * i)) / 60.0, 4), 60 + i))],
            Instruments = InstrumentResult.Of(1.9, 3.4, false, 96.5, 2),
            Timeline = new RunTimeline(
                collector.SliceSeconds,
                collector.Timelines(),
                seconds,
                containers.Select((name, i) => (name, i)).ToDictionary(
                    entry => entry.name, entry => (IReadOnlyList<double>)[.. seconds.Select(second => Math.Round((5 + (4 * entry.i)) / 60.0 * (1 + (0.2 * Math.Sin(second / 5))), 4))])),
        };
    }
}
