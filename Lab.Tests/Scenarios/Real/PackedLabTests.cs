using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Scenarios.Matrix;
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

    [Fact]
    public Task Each_process_does_its_part_when_two_people_talk() => HoldsAsync("first-proof");

    [Fact]
    public Task What_was_acknowledged_outlives_ten_kills_of_Postgres_and_its_rooms_go_on() => HoldsAsync("database-killed");

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
    public async Task Each_process_shows_metrics_of_its_own()
    {
        var all = await fixture.Lab.AllMetricsAsync(None);

        // No two processes have used the same processor time, to the hundredth of a second, since the same moment.
        var marks = all.Values.Select(metrics => (metrics.Sum("process_start_time_seconds"), metrics.Sum("process_cpu_seconds_total"))).ToArray();
        Assert.Equal(fixture.Lab.Deployment.Processes.Count(), marks.Distinct().Count());
    }

    [Fact]
    public async Task The_kernel_counts_the_processor_time_of_each_process_as_the_process_itself_does()
    {
        var processes = fixture.Lab.Deployment.Processes.Select(process => process.Id).ToArray();
        var container = (await fixture.Lab.Engine.InspectAsync(fixture.Lab.ContainerId("hs1"), None))!;
        var forked = ForkedProcesses.Find(container.Pid, processes, new ProcessTable());

        var before = forked.Read();
        var own = (await fixture.Lab.AllMetricsAsync(None)).ToDictionary(process => process.Key, process => (long)Math.Round(process.Value.Sum("process_cpu_seconds_total") * 1e9));
        var after = forked.Read();

        // Both count in hundredths of a second.
        Assert.Equal(processes, before.Keys);
        Assert.All(processes, process => Assert.InRange(own[process], before[process], after[process]));
        Assert.True(own.Values.Distinct().Count() > 1);
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
    public async Task Each_process_has_a_log_of_its_own()
    {
        foreach (var process in fixture.Lab.Deployment.Processes)
        {
            var lines = new List<string>();
            await foreach (var line in fixture.Lab.LogsAsync(process.Id, new LogRequest(), None))
            {
                lines.Add(line.Text);
            }

            Assert.Contains(lines, line => line.StartsWith($"[{process.Name}]", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, line => fixture.Lab.Deployment.Processes.Any(other => other != process && line.StartsWith($"[{other.Name}]", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task The_last_lines_of_a_process_are_its_own_whoever_else_in_the_container_wrote_since()
    {
        foreach (var process in fixture.Lab.Deployment.Processes)
        {
            var lines = new List<string>();
            await foreach (var line in fixture.Lab.LogsAsync(process.Id, new LogRequest(Tail: 2), None))
            {
                lines.Add(line.Text);
            }

            Assert.Equal(2, lines.Count);
            Assert.DoesNotContain(lines, line => fixture.Lab.Deployment.Processes.Any(other => other != process && line.StartsWith($"[{other.Name}]", StringComparison.Ordinal)));
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
                    $"packed-{Guid.NewGuid():n}", "secret", await fixture.Lab.RegistrationSharedSecretAsync(cancellationToken: limit.Token), admin: false, limit.Token);
            }
            else if (line.Text.Contains("Logging in user @packed-", StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.All(lines.Where(line => line.StartsWith('[')), line => Assert.StartsWith("[main]", line, StringComparison.Ordinal));
        Assert.Single(lines, line => line == lines[0]);
    }
}
