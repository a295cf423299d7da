using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;
using SynapseLab.Runtimes.Usage;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Cli;
using SynapseLab.Tests.RealLab;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

/// <summary>A homeserver in one container shows the same evidence, process by process, as one in many.</summary>
[Trait("Lab", "real")]
[Collection(PackedLab.Name)]
public sealed class PackedLabTests(PackedLab fixture, ITestOutputHelper output) : ScenarioTest(fixture, output)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public Task Each_process_does_its_part_when_two_people_talk() => HoldsAsync("first-proof");

    [Fact]
    public async Task What_was_acknowledged_outlives_ten_kills_of_Postgres_and_its_rooms_go_on()
    {
        await HoldsAsync("database-killed");
        await fixture.RestartProcessesAsync();
    }

    [Fact]
    public void All_processes_are_in_the_homeserver_s_container() =>
        Assert.Equal(["hs1"], fixture.Lab.Deployment.Processes.Select(process => process.Container).Distinct());

    [Fact]
    public async Task Each_process_has_its_own_health()
    {
        var looks = await fixture.Lab.LookAsync(None);

        Assert.All(looks, look => Assert.True(look.Value.Holds, $"{look.Key}: {look.Value.Seen}"));
        Assert.Equal(fixture.Lab.Deployment.Processes.Select(process => process.Id), looks.Keys.Skip(3));
    }

    [Fact]
    public async Task The_kernel_counts_the_processor_time_of_each_process_as_the_process_itself_does()
    {
        var container = (await fixture.Lab.Engine.InspectAsync(fixture.Lab.ContainerId("hs1"), None))!;
        var numbers = (await fixture.Lab.LaunchedProcessesAsync("hs1", None)).ToDictionary(process => process.Id, process => process.Pid);
        var forked = ForkedProcesses.Find(container.Pid, numbers, new ProcessTable());

        await ProcessorTime.IsToldByEachItselfAsync(fixture.Lab, forked.Read);
    }

    [Fact]
    public async Task What_a_load_shows_of_the_processor_over_time_is_by_process_and_no_container_twice()
    {
        var usage = new UsageSampler(fixture.Lab, new RunClock(TimeProvider.System), new ProcessTable());
        await usage.OpenAsync(None);
        await usage.ReadAsync(None);
        await usage.ReadAsync(None);

        Assert.Equal(["postgres", "redis", .. fixture.Lab.Deployment.Processes.Select(process => process.Id), "proxy"], usage.Cores().Keys);
        Assert.Equal(["postgres", "redis", "hs1", "proxy"], usage.Totals().Select(container => container.Container));
    }

    [Fact]
    public Task A_user_whose_sync_worker_goes_away_misses_nothing_and_sees_nothing_twice() => HoldsAsync("sync-failover");

    [Fact]
    public async Task A_killed_process_stays_dead_while_the_others_go_on_and_comes_up_from_what_the_launcher_has_imported()
    {
        var before = await ProcessesAsync();
        Assert.Equal(0, await HealthCommandAsync());

        await fixture.Lab.KillAsync("events_persister1", None);

        try
        {
            var meanwhile = await ProcessesAsync();
            Assert.Equal((PartRun.Ended, 137), (meanwhile["events_persister1"].Run, meanwhile["events_persister1"].ExitCode));
            Assert.All(
                before.Values.Where(process => process.Id != "events_persister1"),
                process => Assert.Equal(process, meanwhile[process.Id]));
            await Assert.ThrowsAsync<LabException>(() => fixture.Lab.MetricsAsync("events_persister1", None));
            Assert.DoesNotContain("events_persister1", (await fixture.Lab.UsageAsync(None)).Parts.Keys);
            Assert.NotEqual(0, await HealthCommandAsync());
            var status = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };
            Assert.Equal(ExitCodes.Failed, await status.RunAsync($"status --name {fixture.Lab.Name}", None));
            Assert.Single(status.Output.Split('\n'), line =>
                line.StartsWith("events_persister1", StringComparison.Ordinal) && !line.Contains("MiB", StringComparison.Ordinal));
            Assert.All(
                before.Keys.Where(process => process != "events_persister1"),
                process => Assert.Contains(status.Output.Split('\n'), line =>
                    line.StartsWith($"{process} ", StringComparison.Ordinal) && line.Contains(" MiB ", StringComparison.Ordinal)));
        }
        finally
        {
            await fixture.Lab.StartAsync("events_persister1", None);
            await fixture.Lab.WaitReadyAsync("events_persister1", Soon, None);
        }

        // The import alone takes two seconds of CPU; what is forked after it needs a third of one until it answers.
        Assert.InRange((await fixture.Lab.MetricsAsync("events_persister1", None)).Sum("process_cpu_seconds_total"), 0.01, 1);
        Assert.Equal(
            ["events_persister1"],
            (await ProcessesAsync()).Values.Where(process => process.Pid != before[process.Id].Pid).Select(process => process.Id));
    }

    [Fact]
    public async Task A_stopped_process_had_time_to_tidy_up_and_a_restarted_one_is_another_with_the_same_log()
    {
        var before = (await ProcessesAsync())["federation_sender1"];

        await fixture.Lab.RestartAsync("federation_sender1", None);
        await fixture.Lab.WaitReadyAsync("federation_sender1", Soon, None);

        Assert.NotEqual(before.Pid, (await ProcessesAsync())["federation_sender1"].Pid);
        var lines = await LinesAsync("federation_sender1", new LogRequest());
        var ended = lines.FindLastIndex(line =>
            line.StartsWith("[launcher] federation_sender1 ended with exit code ", StringComparison.Ordinal));
        Assert.Equal("[launcher] federation_sender1 ended with exit code 0, after it was told to restart", lines[ended]);
        Assert.Equal("[launcher] federation_sender1 is started again", lines[ended + 1]);
        Assert.Contains(lines.Take(ended), line => line.Contains("Synapse now listening", StringComparison.Ordinal));
        Assert.Contains(lines.Skip(ended), line => line.Contains("Synapse now listening", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_paused_process_alone_stands_still_and_goes_on_as_the_same_process()
    {
        var before = await ProcessesAsync();

        await fixture.Lab.PauseAsync("generic_worker2", None);

        try
        {
            var meanwhile = await ProcessesAsync();
            Assert.Equal(
                ["generic_worker2"],
                meanwhile.Values.Where(process => process.Run == PartRun.Paused).Select(process => process.Id));
            using var aSecond = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.Lab.MetricsAsync("generic_worker2", aSecond.Token));
            await fixture.Lab.MetricsAsync("generic_worker1", None);
        }
        finally
        {
            await fixture.Lab.UnpauseAsync("generic_worker2", None);
        }

        await fixture.Lab.MetricsAsync("generic_worker2", None);
        Assert.Equal(
            (PartRun.Running, before["generic_worker2"].Pid),
            ((await ProcessesAsync())["generic_worker2"].Run, (await ProcessesAsync())["generic_worker2"].Pid));
    }

    [Theory]
    [InlineData("partition", "cannot be cut off alone", "pause generic_worker1", "partition hs1")]
    [InlineData("heal", "cannot be connected alone", "heal hs1", "heal hs1")]
    public async Task What_cannot_be_done_to_one_process_alone_is_refused_with_what_to_do_instead(string verb, string reason, params string[] instead)
    {
        var lab = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };

        var exitCode = await lab.RunAsync($"{verb} generic_worker1 --name {fixture.Lab.Name}", None);

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.StartsWith(
            $"lab: generic_worker1 {reason}: all processes of container hs1 have one network",
            lab.Error,
            StringComparison.Ordinal);
        Assert.All(instead, command => Assert.Contains($"./lab {command} --name {fixture.Lab.Name}", lab.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_process_has_memory_and_processor_time_of_its_own_which_together_are_not_more_than_the_container_s()
    {
        var usage = (await fixture.Lab.UsageAsync(None)).Parts;
        var container = (await fixture.Lab.Engine.UsageAsync(fixture.Lab.ContainerId("hs1"), None))!;

        var processes = fixture.Lab.Deployment.Processes.Select(process => usage[process.Id]).ToArray();
        Assert.Equal(["postgres", "redis", "proxy", .. fixture.Lab.Deployment.Processes.Select(process => process.Id)], usage.Keys);
        // Synapse needs 20 MiB and more beside what it shares; all have imported the same 100.
        Assert.All(processes, process => Assert.InRange(process.MemoryBytes, 20L << 20, 100L << 20));
        Assert.Equal(processes.Length, processes.Select(process => process.MemoryBytes).Distinct().Count());
        Assert.InRange(processes.Sum(process => process.CpuNanoseconds), 1, container.CpuNanoseconds);
        // Files that are mapped are PSS, and of those the container's account leaves the ones out that nobody used lately.
        Assert.InRange(processes.Sum(process => process.MemoryBytes), 1, container.ResidentBytes + (200L << 20));
    }

    [Fact]
    public async Task Each_process_has_a_log_of_its_own()
    {
        foreach (var process in Some())
        {
            var lines = await LinesAsync(process.Id, new LogRequest());

            Assert.Contains(lines, line => line.StartsWith($"[{process.Id}]", StringComparison.Ordinal));
            Assert.DoesNotContain(
                lines,
                line => fixture.Lab.Deployment.Processes.Any(other =>
                    other != process && line.StartsWith($"[{other.Name}]", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task The_last_lines_of_a_process_are_its_own_whoever_else_in_the_container_wrote_since()
    {
        foreach (var process in Some())
        {
            var lines = await LinesAsync(process.Id, new LogRequest(Tail: 2));

            Assert.Equal(2, lines.Count);
            Assert.DoesNotContain(
                lines,
                line => fixture.Lab.Deployment.Processes.Any(other =>
                    other != process && line.StartsWith($"[{other.Name}]", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Following_a_process_from_its_last_line_on_goes_on_with_its_own_lines_and_repeats_none()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var lines = new List<string>();
        // main logs every registration: ... Logging in user @packed-1f2e:hs1.test on device ... (synapse/handlers/auth.py)
        await foreach (var line in fixture.Lab.LogsAsync("main", new LogRequest(Follow: true, Tail: 1), limit.Token))
        {
            lines.Add(line.Text);
            if (lines.Count == 1)
            {
                using var connections = new MatrixConnections();
                await new MatrixClient(connections.Http, fixture.Lab.ClientUri()).RegisterWithSecretAsync(
                    $"packed-{Guid.NewGuid():n}", "secret", await fixture.Lab.RegistrationSharedSecretAsync(
                        cancellationToken: limit.Token), admin: false, limit.Token);
            }
            else if (line.Text.Contains("Logging in user @packed-", StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.All(lines.Where(line => line.StartsWith('[')), line => Assert.StartsWith("[main]", line, StringComparison.Ordinal));
        Assert.Single(lines, line => line == lines[0]);
    }

    private async Task<IReadOnlyDictionary<string, LaunchedProcess>> ProcessesAsync() =>
        (await fixture.Lab.LaunchedProcessesAsync("hs1", None)).ToDictionary(process => process.Id);

    // What the Compose file has for people without the lab.
    private async Task<int> HealthCommandAsync() =>
        (await fixture.Lab.Engine.ExecAsync(fixture.Lab.ContainerId("hs1"), fixture.Lab.Container("hs1").HealthCommand, null, None)).ExitCode;

    // The log of all has to be read for each.
    private IEnumerable<SynapseProcess> Some() =>
        fixture.Lab.Deployment.Processes.Where(process => process.Id is "main" or "generic_worker1" or "federation_sender1");

    private async Task<List<string>> LinesAsync(string part, LogRequest request)
    {
        var lines = new List<string>();
        await foreach (var line in fixture.Lab.LogsAsync(part, request, None))
        {
            lines.Add(line.Text);
        }

        return lines;
    }
}
