using System.Net;
using System.Runtime.CompilerServices;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Engine;

/// <summary>What an engine that ends, refuses or is away for a while does to those who listen to it.</summary>
public sealed class EngineTroubleTests
{
    private const string ProxyLine =
        """{"time":"2026-11-21T06:48:01.123+00:00","request_id":"4f2a","homeserver":"hs1","listener":"client","remote":"172.18.0.1","method":"GET","uri":"/_matrix/client/v3/sync","status":200,"worker":"generic_worker2","pool":"p","affinity":"user","bytes":512,"duration":1.250,"upstream_duration":"1.249","user_agent":"curl/8"}""";

    private const string Running =
        """{"Id":"p","Name":"/p","State":{"Status":"running","Pid":1,"ExitCode":0,"OOMKilled":false,"StartedAt":"2026-11-21T06:48:01Z","FinishedAt":""},"NetworkSettings":{"Networks":{}},"Mounts":[]}""";

    [Fact]
    public async Task An_engine_that_ends_its_stream_of_events_in_good_order_fails_the_start_that_listens_to_it()
    {
        using var engine = new AnsweringEngine(_ => AnsweringEngine.Says("200 OK", "")).Start();
        using var client = engine.Client();
        var topology = TopologyFile.Parse("lab.yaml", "homeservers:\n  hs1.test:\n    main: {}\n").Topology!;
        await using var watch = new ContainerWatch(
            client,
            DeploymentBuilder.Build(topology, new DeploymentInputs()),
            DateTimeOffset.UnixEpoch);

        var death = await watch.Death.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("the container engine stopped telling what happens to the lab's containers", death.What);
    }

    [Fact]
    public async Task The_proxys_log_is_followed_on_when_an_engine_that_could_not_be_reached_is_back()
    {
        using var engine = new AnsweringEngine(request => request.Contains("/logs?", StringComparison.Ordinal)
            ? AnsweringEngine.Logs(ProxyLine)
            : AnsweringEngine.Says("200 OK", Running));
        using var client = engine.Client();
        using var http = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1") };
        var waiter = new Waiter(TimeProvider.System);
        await using var log = new ProxyLog(client, "p", http, TimeProvider.System, waiter);

        // Asked later than the log's follower, and answered that there is none: by then the follower has been answered, too.
        await Assert.ThrowsAsync<LabException>(() => client.InspectAsync("p", CancellationToken.None));
        await Assert.ThrowsAsync<LabException>(() => client.InspectAsync("p", CancellationToken.None));
        engine.Start();

        await waiter.UntilAsync(
            TimeSpan.FromSeconds(10),
            "the line is read",
            _ => Task.FromResult(new Observation(log.Lines.Count > 0, $"{log.Lines.Count} lines")),
            CancellationToken.None);
        Assert.Equal("generic_worker2", log.Lines[0].Worker);
    }

    [Fact]
    public async Task A_process_of_a_shared_container_that_is_killed_for_lack_of_memory_is_told_with_the_limit_and_the_key_to_raise()
    {
        var topology = TopologyFile.Parse(
            "narrow.yaml",
            """
            packing: one-container
            homeservers:
              hs1.test:
                main:
                  limits:
                    memory: 64MiB
                workers: {media: {role: media_repository}}

            """).Topology!;
        var labels = new Dictionary<string, string> { [LabLabels.Container] = "hs1", [LabLabels.Kind] = nameof(ContainerKind.Homeserver) };
        using var engine = FaultyEngine.Of(null!, (method, arguments) => method switch
        {
            nameof(IContainerEngine.EventsAsync) => StreamAsync(
                new EngineEvent(DateTimeOffset.UnixEpoch, "start", "c", labels),
                follow: true,
                (CancellationToken)arguments[2]!),
            nameof(IContainerEngine.LogsAsync) => StreamAsync(
                new LogLine(DateTimeOffset.UnixEpoch, LogStream.Output, "[launcher] media ended with exit code 137, for lack of memory"), ((LogRequest)arguments[1]!).Follow, (CancellationToken)arguments[2]!),
            _ => true,
        });
        await using var watch = new ContainerWatch(
            engine,
            DeploymentBuilder.Build(topology, new DeploymentInputs()),
            DateTimeOffset.UnixEpoch);

        var death = await watch.Death.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.StartsWith(
            "process media ended with exit code 137: killed for lack of memory, having used all of its limit of 64 MiB. "
                + "Raise homeservers.hs1.test.main.limits.memory (narrow.yaml:6); its last lines:",
            death.What,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"message":"No such container: x"}""", "No such container: x")]
    [InlineData("""{"message":{"of":"another shape"}}""", """{"message":{"of":"another shape"}}""")]
    [InlineData("[]", "[]")]
    [InlineData("<html>", "<html>")]
    [InlineData("", "500 InternalServerError")]
    public void A_refusal_of_any_shape_is_told_in_the_engines_own_words(string body, string said) =>
        Assert.Equal(
            $"the container engine says: {said}",
            EngineException.From(HttpStatusCode.InternalServerError, body, "GET /x").Message);

    [Fact]
    public async Task Why_the_engine_refuses_to_run_a_command_is_told_in_its_own_words()
    {
        using var engine = new AnsweringEngine(request => request.Contains("/start", StringComparison.Ordinal)
            ? AnsweringEngine.Says("409 Conflict", """{"message":"Container p is paused, unpause the container before exec"}""")
            : AnsweringEngine.Says("201 Created", """{"Id":"e"}""")).Start();
        using var client = engine.Client();

        var error = await Assert.ThrowsAsync<EngineException>(() => client.ExecAsync("p", ["true"], null, CancellationToken.None));

        Assert.Equal(
            ("the container engine says: Container p is paused, unpause the container before exec", "POST /exec/e/start"),
            (error.Message, error.Request));
    }

    [Theory]
    [InlineData("""{"message":"No such container: p"}""", "the container engine says: No such container: p")]
    [InlineData("", "the container engine says: 404 NotFound")]
    public async Task Why_the_engine_gives_no_log_is_told_in_its_own_words(string body, string said)
    {
        using var engine = new AnsweringEngine(_ => AnsweringEngine.Says("404 Not Found", body)).Start();
        using var client = engine.Client();

        var error = await Assert.ThrowsAsync<EngineException>(async () =>
            await client.LogsAsync("p", new LogRequest(), CancellationToken.None).GetAsyncEnumerator().MoveNextAsync());

        Assert.Equal((said, "GET /containers/p/logs"), (error.Message, error.Request));
    }

    [Fact]
    public async Task An_engine_that_hangs_up_without_an_answer_is_told_as_that()
    {
        using var engine = new AnsweringEngine(_ => []).Start();
        using var client = engine.Client();

        Assert.Equal(
            "the container engine ended the connection without an answer",
            (await Assert.ThrowsAsync<HttpRequestException>(() => client.ListAsync(null, CancellationToken.None))).Message);
    }

    private static async IAsyncEnumerable<T> StreamAsync<T>(
        T one,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return one;
        if (follow)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
