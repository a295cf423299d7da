using System.Net;
using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Reports.Page;
using SynapseLab.LoadTests.Runs;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class ResultPageTests
{
    private static readonly string[] Processes = ["main", "generic_worker1", "events_persister1"];
    private static readonly IReadOnlyList<(string, string)> Environment =
    [
        ("cores", "2"),
        ("image synapse", "matrixdotorg/synapse:v1.160.0"),
    ];

    [Fact]
    public void The_page_of_a_good_run() =>
        Snapshot.Match(ResultPage.Render(Result(), "<svg viewBox=\"0 0 10 10\"></svg>", Environment), "LoadTests/index.html");

    [Fact]
    public void The_result_of_a_good_run() => Snapshot.Match(Result().ToJson(), "LoadTests/result.json");

    [Fact]
    public void A_result_is_read_back_as_it_was_written() =>
        Assert.Equal(Result().ToJson(), LoadResult.FromJson(Result().ToJson()).ToJson());

    [Theory]
    [InlineData(57, 134, "57 / 134 ms")]
    [InlineData(204.5, 1200, "0.20 / 1.20 s")]
    [InlineData(14563, 34897, "14.6 / 34.9 s")]
    public void Long_latencies_fit_on_their_card_in_seconds(double median, double most, string text)
    {
        var result = Result();
        var send = result.Operations[0] with { Latency = result.Operations[0].Latency with { P50 = median, P95 = most } };
        Assert.Contains(
            $"<b>{text}</b><span>send, median and 95 %</span>",
            ResultPage.Render(result with { Operations = [send] }, null, []));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(2, 2, 2)]
    public void A_line_goes_on_where_nothing_was_due_and_is_interrupted_where_all_failed(long done, long failed, int pieces)
    {
        var timeline = new OperationTimeline([5, done, 5], [0, failed, 0], [10, null, 12], [20, null, 22], [30, null, 32]);
        var plot = RazorText.Of<LatencyPlot>(new()
        {
            [nameof(LatencyPlot.Operation)] = "send",
            [nameof(LatencyPlot.Values)] = timeline,
            [nameof(LatencyPlot.SliceSeconds)] = 1.0,
            [nameof(LatencyPlot.Seconds)] = 3.0,
        });
        var median = plot.Split('<').Single(element => element.Contains("#0072b2", StringComparison.Ordinal));
        Assert.Equal(pieces, median.Count(letter => letter == 'M'));
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere()
    {
        var page = ResultPage.Render(Result(), null, Environment);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.DoesNotContain("https://", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("<img", page);
    }

    [Fact]
    public void Words_from_outside_cannot_become_markup()
    {
        var page = ResultPage.Render(
            Result() with
            {
                Description = "<b>&",
                Command = "./lab load '<i>'",
                Errors = [new ErrorResult("send", "<script>alert(1)</script>", 1)],
                Problems = ["<u>"],
            },
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
        var broken = Result() with { End = RunEnd.Broken, Problems = ["generic_worker2 ended with exit code 137"] };
        Assert.False(broken.Good);
        var page = ResultPage.Render(broken, null, Environment);
        Assert.Contains("broken, not a result", page);
        Assert.Contains("generic_worker2 ended with exit code 137", page);
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
    public void Other_work_that_took_more_than_a_tenth_of_the_machine_makes_a_run_disturbed(double machineSeconds, double cores, bool disturbed)
    {
        var result = Result() with
        {
            LoadSeconds = 60,
            Instruments = InstrumentResult.Of(1.9, 3.4, false, machineSeconds, 2),
            OtherLabs = ["second"],
        };
        Assert.Equal((cores, !disturbed, disturbed ? "disturbed" : "good"), (result.OtherCores, result.Good, result.Headline));
        Assert.Equal("broken, not a result", (result with { End = RunEnd.Broken }).Headline);
        Assert.Equal(
            disturbed,
            Words(result).Contains(
                "other work on this machine used 1.00 of its 2 cores meanwhile (other labs ran: second): "
                    + "the figures are not the lab's alone",
                StringComparison.Ordinal));
    }

    [Fact]
    public void A_driver_that_took_more_than_a_tenth_of_the_machine_disturbs_too()
    {
        var result = Result() with { Instruments = InstrumentResult.Of(12.1, 3.4, false, 106.7, 2) };
        Assert.Equal(("disturbed", false), (result.Headline, result.Good));
        Assert.Contains("the driver itself used 0.20 of the machine's 2 cores", Words(result));
    }

    [Fact]
    public void A_saturated_run_says_so_also_where_it_was_disturbed()
    {
        var saturated = Result() with { Saturated = true, Problems = ["it did not keep its plan"] };
        Assert.Equal(("saturated", false), (saturated.Headline, saturated.Good));
        Assert.Equal(
            "saturated and disturbed",
            (saturated with { Instruments = InstrumentResult.Of(12.1, 3.4, false, 106.7, 2) }).Headline);
    }

    [Theory]
    [InlineData(9.9, 600)]
    [InlineData(60, 99)]
    public void A_run_too_short_to_mean_anything_says_so(double seconds, long sends)
    {
        var result = Result() with { LoadSeconds = seconds, Instruments = InstrumentResult.Of(0.3, 0.5, false, 0, 2) };
        var brief = result with { Operations = [result.Operations[0] with { Done = sends }] };
        Assert.Equal((true, "good, but too short to mean anything"), (brief.Good, brief.Headline));
    }

    [Fact]
    public void What_could_not_be_read_is_told_on_the_page_and_makes_a_run_no_worse()
    {
        var result = Result() with { Gaps = ["generic_worker1 gave no metrics at the end of the load"] };
        Assert.Equal("good", result.Headline);
        Assert.Contains(
            "<b>What could not be read</b><ul><li>generic_worker1 gave no metrics at the end of the load</li>",
            ResultPage.Render(result, null, []));
    }

    [Fact]
    public void A_process_at_its_limit_that_gave_no_metrics_is_named_by_its_containers_account()
    {
        var result = Result() with { LoadSeconds = 60, Instruments = InstrumentResult.Of(1.9, 3.4, false, 60, 2) };
        var silent = result with
        {
            Processes = [.. result.Processes.Where(process => process.Process != "generic_worker1")],
            Containers =
            [
                .. result.Containers.Select(container =>
                    container.Container == "generic_worker1" ? container with { Cores = 1 } : container),
            ],
        };
        Assert.Equal(
            "its limit is generic_worker1: it used 1.00 of the one core that a Synapse process can use",
            Limit.Of(silent, Processes));
    }

    [Fact]
    public void The_limit_of_a_saturated_run_is_named_with_its_evidence()
    {
        var result = Result() with { LoadSeconds = 60, Instruments = InstrumentResult.Of(1.9, 3.4, false, 60, 2) };
        Assert.Equal(
            "nothing that was measured was at its limit: generic_worker1 used most, 0.38 of a core, "
                + "and 1.00 of the machine's 2 cores were busy",
            Limit.Of(result, Processes));
        Assert.Equal(
            "its limit is events_persister1: it used 0.97 of the one core that a Synapse process can use",
            Limit.Of(result with { Processes = [.. result.Processes.SkipLast(1), result.Processes[^1] with { Cores = 0.97 }] }, Processes));
        Assert.Equal(
            "its limit is the driver: it used 0.95 cores",
            Limit.Of(result with { Instruments = InstrumentResult.Of(57, 3.4, false, 100, 2) }, Processes));
        Assert.Equal(
            "its limit is the machine's CPU: 1.90 of its 2 cores were busy, 1.50 by the lab (proxy 0.42, generic_worker1 0.38, "
                + "redis 0.35), 0.03 by the driver, 0.06 by the container engine, 0.31 by other work",
            Limit.Of(result with { Instruments = InstrumentResult.Of(1.9, 3.4, false, 114, 2) }, Processes));
        Assert.Equal(
            "its limit is the database: transactions of events_persister1 waited 812 ms for a connection, and postgres used 0.28 cores",
            Limit.Of(
                result with { Processes = [.. result.Processes.SkipLast(1), result.Processes[^1] with { DatabaseWaitMs = 812 }] },
                Processes));
    }

    [Fact]
    public void A_run_that_did_nothing_has_a_page_too()
    {
        var nothing = Result() with
        {
            Operations = [],
            Processes = [],
            Containers = [],
            Timeline = new RunTimeline(
                1,
                new Dictionary<string, OperationTimeline>(),
                [],
                new Dictionary<string, IReadOnlyList<double?>>()),
        };
        Assert.EndsWith("</html>\n", ResultPage.Render(nothing, null, []));
    }

    private static string Words(LoadResult result) => WebUtility.HtmlDecode(ResultPage.Render(result, null, []));

    /// <summary>A minute of a small chat, made up.</summary>
    private static LoadResult Result()
    {
        var collector = new SampleCollector(TimeSpan.FromSeconds(60));
        var random = new Random(5);
        for (var i = 0; i < 2400; i++)
        {
            var at = i * 25_000_000L;
            var took = (long)(Math.Exp(random.NextDouble() * 2) * 20_000_000);
            var kind = (i % 8) switch
            {
                0 or 1 => OperationKind.Send,
                2 => OperationKind.Typing,
                3 => OperationKind.Receipt,
                _ => OperationKind.Delivery,
            };
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
            Containers =
            [
                .. containers.Select((name, i) => new ContainerResult(name, 5 + (4 * i), Math.Round((5 + (4 * i)) / 60.0, 4), 60 + i)),
            ],
            Instruments = InstrumentResult.Of(1.9, 3.4, false, 96.5, 2),
            Timeline = new RunTimeline(
                collector.SliceSeconds,
                collector.Timelines(),
                seconds,
                containers.Select((name, i) => (name, i)).ToDictionary(
                    entry => entry.name,
            entry => (IReadOnlyList<double?>)
            [
                .. seconds.Select(second => (double?)Math.Round((5 + (4 * entry.i)) / 60.0 * (1 + (0.2 * Math.Sin(second / 5))), 4)),
            ])),
        };
    }
}
