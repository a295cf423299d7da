using SynapseLab.Scenarios.Catalogue;
using System.Collections.Concurrent;
using System.Diagnostics;
using SynapseLab.Scenarios;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Scenarios.Stories;
using SynapseLab.Tests.Scenarios.Matrix;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Scenarios;

/// <summary>A scenario as a trace, for whoever listens.</summary>
public sealed class ScenarioTraceTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ConcurrentQueue<Activity> _spans = [];
    private readonly string _lab = $"lab-{Guid.NewGuid():n}";
    private ActivityListener? _listener;

    [Fact]
    public async Task A_scenario_is_a_trace_its_steps_are_spans_and_what_is_done_in_a_step_is_below_it()
    {
        await RunAsync(listen: true, async trace =>
        {
            trace.Step("alice registers");
            await WaitAsync("she is there", holds: true);
            trace.Step("she writes");
            await WaitAsync("bob has read it", holds: true);
            trace.Saw("bob has read it: 1 of 1");
        });

        var scenario = Span("scenario sync-affinity");
        Assert.Equal(_lab, scenario.GetTagItem("lab.name"));
        Assert.Equal(
            [
                ("she is there", "alice registers"),
                ("alice registers", "scenario sync-affinity"),
                ("bob has read it", "she writes"),
                ("she writes", "scenario sync-affinity"),
            ],
            Ours()
                .Where(span => span != scenario)
                .Select(span => (span.DisplayName, Ours().Single(parent => parent.SpanId == span.ParentSpanId).DisplayName)));
        Assert.Equal("bob has read it: 1 of 1", Assert.Single(Span("she writes").Events).Name);
        Assert.Equal("yes", Span("she is there").GetTagItem("lab.wait.seen"));
        Assert.All(Ours(), span => Assert.Equal(ActivityStatusCode.Unset, span.Status));
    }

    [Fact]
    public async Task A_claim_that_does_not_hold_is_the_error_of_its_wait_its_step_and_the_scenario()
    {
        await RunAsync(listen: true, async trace =>
        {
            trace.Step("she writes");
            var failure = await Assert.ThrowsAsync<LabException>(() => WaitAsync("bob has read it", holds: false));
            trace.Failed(new ScenarioFailure("bob reads what alice writes", failure.Problems));
        });

        Assert.All(Ours(), span => Assert.Equal(ActivityStatusCode.Error, span.Status));
        Assert.StartsWith("not so: bob reads what alice writes", Span("scenario sync-affinity").StatusDescription);
    }

    [Fact]
    public async Task A_request_is_a_span_with_the_request_ID_that_it_carries_and_without_the_access_token()
    {
        await using var homeserver = new ListeningHomeserver().Answers(200, "{\"user_id\": \"@alice:hs1.test\"}", "generic_worker1");
        using var connections = new MatrixConnections();

        await RunAsync(listen: true, async trace =>
        {
            trace.Step("alice asks who she is");
            await new MatrixClient(connections.Http, homeserver.Uri, "syt_secret", "r1-alice") { TokenInQuery = true }
                .SendAsync(HttpMethod.Get, "/_matrix/client/v3/rooms/!a:hs1.test/joined_members", null, None);
        });

        var request = Span("GET /rooms/{}/joined_members");
        Assert.Equal("r1-alice-1", homeserver.Asked.Single().RequestId);
        Assert.Equal("r1-alice-1", request.GetTagItem("http.request.header.x-request-id"));
        Assert.Equal(
            ["GET", "200", "generic_worker1"],
            new[] { "http.request.method", "http.response.status_code", "synapse.worker" }.Select(tag => request.GetTagItem(tag)));
        Assert.Equal(Span("alice asks who she is").SpanId, request.ParentSpanId);
        Assert.DoesNotContain(request.TagObjects, tag => $"{tag.Value}".Contains("syt_secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_nobody_listens_there_is_no_span_and_the_story_is_told_all_the_same()
    {
        var told = new StringWriter();

        await RunAsync(listen: false, async trace =>
        {
            trace.Step("alice registers");
            await WaitAsync("she is there", holds: true);
            Assert.Null(Activity.Current);
        }, told);

        Assert.Contains("alice registers", told.ToString());
    }

    public void Dispose() => _listener?.Dispose();

    private async Task RunAsync(bool listen, Func<ScenarioTrace, Task> runAsync, TextWriter? told = null)
    {
        if (listen)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name.StartsWith("SynapseLab.", StringComparison.Ordinal),
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = _spans.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        using var trace = ScenarioTrace.Begin(
            ScenarioCatalogue.Find("sync-affinity"),
            _lab,
            1,
            new TextStory(told ?? TextWriter.Null, TimeProvider.System));
        await runAsync(trace);
    }

    // Other tests wait and run scenarios at the same time.
    private IReadOnlyList<Activity> Ours()
    {
        var trace = _spans.Single(span => span.GetTagItem("lab.name") as string == _lab).TraceId;
        return [.. _spans.Where(span => span.TraceId == trace)];
    }

    private Activity Span(string name) => Ours().Single(span => span.DisplayName == name);

    private static Task WaitAsync(string what, bool holds) =>
        new Waiter(TimeProvider.System, TimeSpan.FromMilliseconds(1)).UntilAsync(
            TimeSpan.FromMilliseconds(holds ? 60_000 : 20),
            what,
            _ => Task.FromResult(holds ? Observation.Yes("yes") : Observation.No("no")),
            None);
}
