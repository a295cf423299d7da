using System.Diagnostics;
using System.Text.Json;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>Parts that an operator stops, kills, pauses or cuts off: what the verbs and status say of them, and of the others meanwhile.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class FaultVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    [Fact]
    public async Task Status_says_which_worker_was_stopped_and_start_waits_until_it_is_healthy_again()
    {
        var stopped = await RunAsync("stop", "federation_sender1");
        var (exitCode, output, _) = await RunAsync("status");
        var json = await RunAsync("status", "--json");
        var started = await RunAsync("start", "federation_sender1");
        var after = await RunAsync("status");

        Assert.StartsWith("federation_sender1: stopped", stopped.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Matches($@"(?m)^federation_sender1 +stopped since [0-9:]+ UTC by \./lab stop federation_sender1$", output);
        Assert.Matches("(?m)^generic_worker1 .* s  healthy$", output);
        Assert.Equal(ExitCodes.Failed, json.ExitCode);
        var status = JsonDocument.Parse(json.Output).RootElement;
        Assert.False(status.GetProperty("healthy").GetBoolean());
        var part = Assert.Single(status.GetProperty("parts").EnumerateArray(), part => !part.GetProperty("healthy").GetBoolean());
        Assert.Equal("federation_sender1", part.GetProperty("name").GetString());
        Assert.Equal("ended", part.GetProperty("state").GetString());
        Assert.Equal(
            "./lab stop federation_sender1",
            Assert.Single(part.GetProperty("faults").EnumerateArray()).GetProperty("by").GetString());
        Assert.StartsWith("federation_sender1: healthy", started.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Fine, after.ExitCode);
    }

    [Fact]
    public async Task A_Redis_that_is_cut_off_is_told_by_status_until_it_is_healed_and_what_cannot_help_is_refused_at_once()
    {
        try
        {
            Assert.StartsWith("redis: cut off", (await RunAsync("partition", "redis")).Output, StringComparison.Ordinal);
            var status = await RunAsync("status");
            var again = await RunAsync("partition", "redis");
            var begun = Stopwatch.GetTimestamp();
            var restart = await RunAsync("restart", "redis");
            var start = await RunAsync("start", "redis");
            var took = Stopwatch.GetElapsedTime(begun);

            Assert.Equal(ExitCodes.Failed, status.ExitCode);
            const string CutOff = "cut off from the lab's network since [0-9:]+ UTC by \\./lab partition redis";
            Assert.Matches($"(?m)^redis .* s  healthy by itself, {CutOff}$", status.Output);
            Assert.All(Processes, process => Assert.Matches($"(?m)^{process} .* s  healthy, but redis is cut off$", status.Output));
            Assert.Equal(ExitCodes.Fine, again.ExitCode);
            Assert.Matches($"^redis: already {CutOff} ", again.Output);
            Assert.All([restart, start], refused => Assert.Equal(ExitCodes.WrongUse, refused.ExitCode));
            Assert.All([restart, start], refused =>
                Assert.Matches($@"^lab: redis is {CutOff}\. First \./lab heal redis --name {Lab.Name}\n$", refused.Error));
            Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }
        finally
        {
            await Lab.HealAsync("redis", None);
        }

        Assert.StartsWith("redis: is connected already", (await RunAsync("heal", "redis")).Output, StringComparison.Ordinal);
        await Lab.WaitReadyAsync(TimeSpan.FromSeconds(60), None);
        await Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(60),
            "all is well again",
            async token =>
                (await Lab.LookAsync(token)).FirstOrDefault(look => !look.Value.Holds) is { Key: { } part, Value: var look }
                    ? Observation.No($"{part} {look.Seen}")
                    : Observation.Yes("all"),
            None);
    }

    [Fact]
    public async Task While_main_is_paused_the_others_are_healthy_and_say_what_they_miss_and_main_says_what_to_do()
    {
        await RunAsync("pause", "main");
        try
        {
            var status = await RunAsync("status");
            var again = await RunAsync("pause", "main");
            var restart = await RunAsync("restart", "main");
            var worker = await RunAsync("restart", "federation_sender1");

            Assert.Matches(@"(?m)^main .* s  paused since [0-9:]+ UTC by \./lab pause main$", status.Output);
            Assert.All(Processes.Append("proxy").Except(["main"]), part =>
                Assert.Matches($"(?m)^{part} .* s  healthy, but main is paused$", status.Output));
            Assert.Matches("(?m)^redis .* s  healthy$", status.Output);
            Assert.Equal(ExitCodes.Fine, again.ExitCode);
            Assert.Matches(@"^lab: main is paused since [0-9:]+ UTC by \./lab pause main\. First \./lab unpause main ", restart.Error);
            Assert.Matches(@"^federation_sender1: healthy, but main is paused \([0-9.]+ s\)\n$", worker.Output);
        }
        finally
        {
            await RunAsync("unpause", "main");
        }

        Assert.StartsWith("main: is not frozen", (await RunAsync("unpause", "main")).Output, StringComparison.Ordinal);
        await Lab.WaitReadyAsync(TimeSpan.FromSeconds(60), None);
    }

    [Fact]
    public async Task A_worker_that_is_cut_off_answers_for_itself_and_one_that_somebody_paused_past_the_lab_is_not_said_to_be_the_lab_s_doing()
    {
        var lab = Lab;
        await lab.PartitionAsync("generic_worker3", None);
        try
        {
            await lab.Engine.PauseAsync(lab.ContainerId("federation_sender1"), None);
            var looks = await lab.LookAsync(None);

            Assert.Matches(
                $"^healthy by itself, cut off from the lab's network since [0-9:]+ UTC by process {Environment.ProcessId}$",
                looks["generic_worker3"].Seen);
            Assert.Equal("healthy, but generic_worker3 is cut off", looks["proxy"].Seen);
            Assert.Equal("paused, not by a command of the lab", looks["federation_sender1"].Seen);
        }
        finally
        {
            await lab.UnpauseAsync("federation_sender1", None);
            await lab.HealAsync("generic_worker3", None);
        }

        await lab.WaitReadyAsync(TimeSpan.FromSeconds(60), None);
    }

    [Fact]
    public async Task Without_the_proxy_every_process_is_still_asked_itself()
    {
        await RunAsync("stop", "proxy");
        try
        {
            var looks = await Lab.LookAsync(None);
            Assert.All(Processes, process => Assert.Equal("healthy", looks[process].Seen));
            Assert.StartsWith("stopped since ", looks["proxy"].Seen, StringComparison.Ordinal);
            Assert.Equal(ExitCodes.Fine, (await RunAsync("metrics", "main", "process_start_time")).ExitCode);
        }
        finally
        {
            await RunAsync("start", "proxy");
        }

        Assert.True((await Lab.LookAsync(None))["proxy"].Holds);
    }

    [Fact]
    public async Task A_Postgres_that_is_said_to_be_healthy_takes_the_next_query()
    {
        for (var kill = 0; kill < 5; kill++)
        {
            Assert.StartsWith("postgres: killed", (await RunAsync("kill", "postgres")).Output, StringComparison.Ordinal);
            Assert.StartsWith("postgres: healthy", (await RunAsync("start", "postgres")).Output, StringComparison.Ordinal);
            Assert.Equal((ExitCodes.Fine, "1\n1\n", ""), await RunAsync("sql", "SELECT 1 AS \"1\""));
        }

        await Fixture.RestartProcessesAsync();
    }

    [Fact]
    public async Task Without_main_nobody_can_be_registered_and_no_metrics_be_had_of_it_which_one_line_each_says()
    {
        var lab = Lab;
        await lab.StopAsync("main", None);
        try
        {
            var user = await RunAsync("user", $"carol-{Unique}");
            var metrics = await RunAsync("metrics", "main");

            Assert.Equal(ExitCodes.Failed, user.ExitCode);
            Assert.Matches(
                @"^lab: user 'carol-[0-9a-f]+' could not be registered, nobody serves the request: HTTP 50[24]\. "
                    + @"See \./lab status --name [a-z0-9-]+\n$",
                user.Error);
            Assert.Equal(ExitCodes.Failed, metrics.ExitCode);
            Assert.Matches(@"^lab: main gives no metrics: its container is exited\. See \./lab status --name [a-z0-9-]+\n$", metrics.Error);
        }
        finally
        {
            await lab.StartAsync("main", None);
            await lab.WaitReadyAsync(TimeSpan.FromSeconds(60), None);
        }
    }
}
