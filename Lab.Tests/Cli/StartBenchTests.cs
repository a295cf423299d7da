using SynapseLab.Cli.Bench;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class StartBenchTests
{
    [Fact]
    public void The_floor_is_the_containers_CPU_time_spread_over_all_cores()
    {
        var result = new StartBenchResult(
            "reference",
            2,
            [Start(StartBenchResult.Lab, 7, cpu: 10), Start(StartBenchResult.Lab, 9, cpu: 12), Start(StartBenchResult.Lab, 8, cpu: 11)]);

        Assert.Equal(8, result.Seconds(StartBenchResult.Lab));
        Assert.Equal(5.5, result.Floor(StartBenchResult.Lab));
    }

    [Fact]
    public void What_the_engine_needs_is_told_from_what_the_lab_itself_takes()
    {
        var result = new StartBenchResult(
            "reference",
            2,
            [Start(StartBenchResult.Lab, 8, cpu: 10) with { OutsideCpuSeconds = 4, StarterCpuSeconds = 1 }]);

        Assert.Equal(6.5, result.FloorWithEngine(StartBenchResult.Lab));
    }

    [Theory]
    [InlineData(7.0, 7.0, 3.0, null)]
    [InlineData(7.35, 7.0, 3.85, null)]
    [InlineData(7.4, 7.0, 3.0, "lab / script")]
    [InlineData(7.0, 7.0, 3.9, "packed / script")]
    public void The_lab_has_to_keep_to_the_script_and_packed_to_half_of_it(double lab, double script, double packed, string? missed) =>
        Assert.Equal(
            missed,
            Missed(
                new StartBenchResult(
                    "reference",
                    2,
                    [
                        Start(StartBenchResult.Lab, lab, 10) with { Running = Good },
                        Start(StartBenchResult.Script, script, 10),
                        Packed(1.4, packed),
                        AppHost(lab),
                    ])));

    [Theory]
    [InlineData(2.1, null)]
    [InlineData(2.2, "packed reset / script")]
    public void A_reset_of_a_packed_lab_has_to_take_a_fraction_of_a_start_by_the_script(double reset, string? missed) =>
        Assert.Equal(
            missed,
            Missed(
                new StartBenchResult(
                    "reference",
                    2,
                    [
                        Start(StartBenchResult.Lab, 7, 10) with { Running = Good },
                        Start(StartBenchResult.Script, 7, 10),
                        Packed(reset),
                        AppHost(7),
                    ])));

    [Theory]
    [InlineData(7.7, 4.9, null)]
    [InlineData(7.8, 4.9, "AppHost / lab")]
    [InlineData(7.7, 5.0, "Ctrl-C of the AppHost")]
    public void The_AppHost_has_to_keep_to_the_lab_and_to_end_at_once(double seconds, double ctrlC, string? missed) =>
        Assert.Equal(
            missed,
            Missed(
                new StartBenchResult(
                    "reference",
                    2,
                    [
                        Start(StartBenchResult.Lab, 7, 10) with { Running = Good },
                        Start(StartBenchResult.Script, 7, 10),
                        Packed(1.4),
                        AppHost(seconds, ctrlC),
                    ])));

    private static readonly Dictionary<string, RunningMeasurement> Bad = new()
    {
        ["up again"] = Good with { UpAgainSeconds = 3 },
        ["changed by up again"] = Good with { Changed = ["container main was restarted"] },
        ["memory when idle"] = Good with { IdleBytes = new Dictionary<string, long> { ["main"] = 1L << 30, ["postgres"] = 1L << 29 } },
        ["down"] = Good with { DownSeconds = 10 },
        ["left after down"] = Good with { Left = ["port 8008"] },
    };

    public static TheoryData<string> BoundsOfARunningLab() => [.. Bad.Keys];

    [Theory]
    [MemberData(nameof(BoundsOfARunningLab))]
    public void One_round_in_which_the_running_lab_breaks_a_bound_is_enough_to_miss_it(string bound) =>
        Assert.Equal(bound, Missed(Result(Good, Bad[bound], Good)));

    [Fact]
    public void What_was_not_measured_is_no_bound_that_holds() => Assert.Equal(
        [
            "packed / script", "packed reset / script", "AppHost / lab", "Ctrl-C of the AppHost", "up again", "changed by up again",
            "memory when idle", "down", "left after down",
        ],
        new StartBenchResult("reference", 2, [Start(StartBenchResult.Lab, 7, 10), Start(StartBenchResult.Script, 7, 10)]).Bounds
            .Where(bound => !bound.Holds)
            .Select(bound => bound.Name));

    [Fact]
    public void How_much_memory_another_topology_takes_is_measured_and_not_judged() =>
        Assert.DoesNotContain(new StartBenchResult("sharded", 2, []).Bounds, bound => bound.Name == "memory when idle");

    [Fact]
    public void The_report_has_each_container_each_way_and_a_verdict_on_each_bound()
    {
        var output = new StringWriter { NewLine = "\n" };

        StartBenchReport.Print(output, Result(Good, Good with { Left = ["port 8008"] }));

        Assert.Equal(
            """
            medians of 2                CPU-s   healthy    memory      idle
            main                        10.00     7.0 s  1024 MiB   512 MiB

            the lab                     10.00     7.0 s  1024 MiB   512 MiB
            the shell script            10.00     7.0 s  1024 MiB
            the lab, one container       5.00     3.0 s  1024 MiB   512 MiB
            the AppHost                 10.00     7.0 s  1024 MiB
            floor: CPU / 2 cores                  5.0 s
            with the engine's CPU                 5.0 s

            CPU-s beside containers      0.00 of it the lab's own process 0.00; with the script 0.00
            reset                                 1.4 s; one container 1.4 s
            lab / floor                  1.40
            script / floor               1.40

            lab / script                    1      at most 1.05: holds
            packed / script              0.43      at most 0.55: holds
            packed reset / script         0.2      at most 0.3: holds
            AppHost / lab                   1      at most 1.1: holds
            Ctrl-C of the AppHost           2 s    under   5: holds
            up again                        1 s    under   3: holds
            changed by up again             0      at most 0: holds
            memory when idle              0.5 GiB  under   1.5: holds
            down                            2 s    under   10: holds
            left after down                 1      at most 0: missed
            left after down: port 8008

            """,
            output.ToString());
    }

    [Fact]
    public void The_result_has_every_measurement_and_a_verdict_on_each_bound()
    {
        var json = StartBenchReport.ToJson(Result(Good, Good with { Changed = ["container main is new"] }));

        Assert.False(json["holds"]!.GetValue<bool>());
        Assert.Equal(
            ["changed by up again"],
            json["bounds"]!
                .AsArray()
                .Where(bound => !bound!["holds"]!.GetValue<bool>())
                .Select(bound => bound!["name"]!.GetValue<string>()));
        var second = json["starts"]![1]!;
        Assert.Equal("container main is new", second["running"]!["changed"]![0]!.GetValue<string>());
        Assert.Equal(1L << 29, second["containers"]![0]!["idle_bytes"]!.GetValue<long>());
        Assert.Equal(1.4, second["running"]!["reset_seconds"]!.GetValue<double>());
    }

    [Fact]
    public void What_was_not_measured_is_null_in_the_result_since_JSON_has_no_word_for_it()
    {
        var json = StartBenchReport.ToJson(new StartBenchResult("reference", 2, [Start(StartBenchResult.Lab, 7, 10)]));

        Assert.Contains("\"one_container\":null", json.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_that_is_restarted_made_anew_new_or_gone_is_a_change()
    {
        var start = DateTimeOffset.UnixEpoch;
        var before = new Dictionary<string, (string, DateTimeOffset)>
        {
            ["same"] = ("1", start),
            ["restarted"] = ("2", start),
            ["anew"] = ("3", start),
            ["gone"] = ("4", start),
        };
        var after = new Dictionary<string, (string, DateTimeOffset)>
        {
            ["same"] = ("1", start),
            ["restarted"] = ("2", start.AddSeconds(1)),
            ["anew"] = ("5", start),
            ["new"] = ("6", start),
        };

        Assert.Equal(
            ["container gone is gone", "container new is new", "container restarted was restarted", "container anew was made anew"],
            RunningBench.Changes(before, after));
    }

    [Fact]
    public void A_file_that_a_lab_leaves_in_the_checkout_or_in_its_programs_temporary_folder_is_found()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File(".lab/labs/before"));
        Directory.CreateDirectory(folder.File("Lab/obj"));
        using var files = new FileTraces(new LabRoot(folder.Path));
        Assert.Empty(files.Left());

        var temporary = Path.Combine(files.Environment["TMPDIR"], "pipe");
        string[] made = [folder.File(".lab/start.lock"), folder.File("Lab/obj/built"), folder.File(".lab/labs/before/forgotten"), temporary];
        foreach (var file in made)
        {
            File.WriteAllText(file, "");
        }

        Assert.Equal(
            new[] { $"file {folder.File(".lab/labs/before/forgotten")}", $"file {temporary}" }.Order(StringComparer.Ordinal),
            files.Left());
    }

    [Fact]
    public void The_script_runs_every_container_and_nothing_waits_for_anything()
    {
        var topology = new TopologyLibrary(LabRoot.Find().Topologies).Load("reference");
        var deployment = DeploymentBuilder.Build(topology, new DeploymentInputs { LabName = "bench", PreparedDatabase = true });

        var lines = DockerRunScript.Render(deployment, new LabFolder("/lab/bench"), new UnixUser(1000, 1000)).TrimEnd().Split('\n');

        var runs = lines.Where(line => line.StartsWith("docker run ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(deployment.Containers.Count, runs.Length);
        Assert.All(deployment.Containers.Zip(runs), pair =>
            Assert.Contains($"--network-alias {pair.First.Name} ", pair.Second, StringComparison.Ordinal));
        // By that the watch knows which containers have a launcher.
        Assert.All(deployment.Containers.Zip(runs), pair =>
            Assert.Contains($"--label {LabLabels.Kind}={pair.First.Kind} ", pair.Second, StringComparison.Ordinal));
        Assert.All(runs, run => Assert.EndsWith(" &", run, StringComparison.Ordinal));
        Assert.Equal("wait", lines[^1]);
    }

    [Fact]
    public void What_a_container_publishes_is_on_loopback_and_what_it_mounts_is_in_the_lab_s_folder()
    {
        var topology = new TopologyLibrary(LabRoot.Find().Topologies).Load("monolith");

        var script = DockerRunScript.Render(
            DeploymentBuilder.Build(topology, new DeploymentInputs()),
            new LabFolder("/lab/bench"),
            new UnixUser(1000, 1000));

        var words = script.Split(' ');
        Assert.All(
            words.Zip(words.Skip(1)).Where(pair => pair.First == "--publish"),
            pair => Assert.StartsWith("127.0.0.1:", pair.Second, StringComparison.Ordinal));
        Assert.All(
            words.Zip(words.Skip(1)).Where(pair => pair.First == "--volume"),
            pair => Assert.StartsWith("/lab/bench/", pair.Second, StringComparison.Ordinal));
        Assert.Contains("--publish 127.0.0.1:8008:8008", script, StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_with_a_quote_or_a_space_reaches_the_container_as_it_is()
    {
        var topology = new TopologyLibrary(LabRoot.Find().Topologies).Load("monolith");
        var deployment = DeploymentBuilder.Build(topology, new DeploymentInputs());
        deployment = deployment with { Containers = [deployment.Containers[0] with { Command = ["it's one", "$HOME"] }] };

        Assert.Contains(
            @" 'it'\''s one' '$HOME' >",
            DockerRunScript.Render(deployment, new LabFolder("/lab"), new UnixUser(0, 0)),
            StringComparison.Ordinal);
    }

    private static RunningMeasurement Good => new(1, [], new Dictionary<string, long> { ["main"] = 1L << 29 }, 1.4, 2, []);

    private static StartBenchResult Result(params RunningMeasurement?[] running) => new(
        "reference", 2, [.. running.Select(one => Start(StartBenchResult.Lab, 7, 10) with { Running = one }), Start(StartBenchResult.Script, 7, 10), Packed(1.4), AppHost(7)]);

    private static StartMeasurement Packed(double resetSeconds, double seconds = 3) =>
        Start(StartBenchResult.OneContainer, seconds, 5) with { Running = Good with { ResetSeconds = resetSeconds } };

    private static StartMeasurement AppHost(double seconds, double ctrlC = 2) =>
        Start(StartBenchResult.AppHost, seconds, 10) with { CtrlCSeconds = ctrlC };

    private static string? Missed(StartBenchResult result)
    {
        var missed = result.Bounds.SingleOrDefault(bound => !bound.Holds)?.Name;
        Assert.Equal(missed is null, result.Holds);
        return missed;
    }

    private static StartMeasurement Start(string way, double seconds, double cpu) =>
        new(way, seconds, [new ContainerStart("main", cpu, seconds, 1L << 30)]);
}
