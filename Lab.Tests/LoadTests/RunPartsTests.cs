using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using SynapseLab.LoadTests.Bench;
using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Planning;
using SynapseLab.LoadTests.Populations;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class RunPartsTests
{
    private static readonly LoadProfile Profile = new()
    {
        Name = "test",
        Users = 4,
        Rooms = new RoomShape(2, 3, Popularity.Even),
        Duration = TimeSpan.FromSeconds(10),
        Open = new OpenWorkload(1, Arrival.Steady, new OperationMix(1, 0, 0)),
        Closed = new ClosedWorkload(null, TimeSpan.FromSeconds(30)),
    };

    [Theory]
    [InlineData("http://127.0.0.1:8008", null)]
    [InlineData("http://127.9.9.9:8008", null)]
    [InlineData("http://[::1]:8008", null)]
    [InlineData("http://localhost:8008", null)]
    [InlineData("http://192.0.2.7:8008", "192.0.2.7")]
    [InlineData("http://[2001:db8::7]:8008", "2001:db8::7")]
    public async Task This_machine_and_a_host_that_was_named_may_be_loaded(string target, string? named) =>
        Assert.Equal(8008, (await TargetGuard.ResolveAsync(new Uri(target), named, default)).Port);

    [Theory]
    [InlineData("http://192.0.2.7:8008", null, "192.0.2.7 is not this machine")]
    [InlineData("http://192.0.2.7:8008", "192.0.2.8", "192.0.2.7 is not this machine")]
    [InlineData("http://0.0.0.0:8008", null, "0.0.0.0 is not this machine")]
    [InlineData("https://127.0.0.1:8448", null, "load goes over plain http, not https")]
    public async Task Everything_else_is_refused(string target, string? named, string problem)
    {
        var error = await Assert.ThrowsAsync<LabException>(() => TargetGuard.ResolveAsync(new Uri(target), named, default));
        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Contains(problem, error.Message);
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("30s", 30)]
    [InlineData("1.5h", 5400)]
    [InlineData("1y", 31_536_000)]
    public void Durations_are_read(string text, double seconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("-5s")]
    [InlineData("s")]
    [InlineData("5 s")]
    [InlineData("5parsecs")]
    [InlineData("1e9s")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(90, "90s")]
    [InlineData(3600, "1h")]
    [InlineData(0.25, "250ms")]
    public void Durations_are_written_in_the_largest_unit_that_fits(double seconds, string text) =>
        Assert.Equal(text, Durations.Format(TimeSpan.FromSeconds(seconds)));

    // cpu  user nice system idle iowait irq softirq steal guest guest_nice
    [Fact]
    public void The_machines_cpu_counts_all_but_idle_waiting_and_stolen_time() =>
        Assert.Equal(100 + 20 + 50 + 3 + 7, MachineCpu.Parse("cpu  10000 2000 5000 900000 800 300 700 600 50 0"));

    // The first address has nobody; ::1 before 127.0.0.1 is such a pair on many machines.
    [Fact]
    public async Task Of_the_addresses_of_a_name_the_one_is_loaded_at_which_somebody_listens()
    {
        using var proxy = new TcpListener(IPAddress.Parse("127.0.0.2"), 0);
        proxy.Start();
        var port = ((IPEndPoint)proxy.LocalEndpoint).Port;

        Assert.Equal(
            proxy.LocalEndpoint,
            await TargetGuard.ListeningAsync([IPAddress.IPv6Loopback, IPAddress.Loopback, IPAddress.Parse("127.0.0.2")], port, default));
        Assert.Equal(
            new IPEndPoint(IPAddress.Loopback, port),
            await TargetGuard.ListeningAsync([IPAddress.Loopback, IPAddress.IPv6Loopback], port, default));
    }

    [Fact]
    public void Set_up_tells_how_many_how_fast_and_how_long_it_will_take()
    {
        var (time, told) = (new FakeTimeProvider(), new List<string>());
        var pace = new SetupPace(time, (share, text) => told.Add($"{share:0.00} {text}"));
        pace.Report(new SetupProgress("users", 16, 5000));
        time.Advance(TimeSpan.FromSeconds(0.5));
        pace.Report(new SetupProgress("users", 30, 5000));
        time.Advance(TimeSpan.FromSeconds(3.5));
        pace.Report(new SetupProgress("users", 176, 5000));
        pace.Report(new SetupProgress("rooms", 1, 2));

        Assert.Equal(
            ["0.00 users 16 of 5000", "0.01 users 30 of 5000", "0.04 users 176 of 5000, 40/s, 121 s left", "0.50 rooms 1 of 2"],
            told);
    }

    [Fact]
    public void A_clean_run_has_nothing_against_it() => Assert.Empty(Problems(Profile, [Sends(10, 0)], Deliveries(), RunEnd.Complete));

    [Fact]
    public void Lost_and_duplicated_messages_speak_against_a_run() =>
        Assert.Equal(
            [
                "3 of 30 deliveries were lost (2 messages)", "1 deliveries were duplicates",
                "4 deliveries came in a room that they were not sent to, or to users who are not in it",
                "5 deliveries came after a message that was sent later",
            ],
            Problems(
                Profile,
                [Sends(10, 0)],
                Deliveries() with { Lost = 3, LostMessages = 2, Duplicated = 1, Misdirected = 4, OutOfOrder = 5 },
                RunEnd.Complete));

    [Fact]
    public void What_is_missing_after_an_interrupt_may_only_be_late() =>
        Assert.Equal(
            "3 of 30 deliveries had not come (2 messages) when the wait for them was broken off",
            Assert.Single(Problems(Profile, [Sends(10, 0)], Deliveries() with { Lost = 3, LostMessages = 2 }, RunEnd.Interrupted)));

    [Fact]
    public void More_errors_than_allowed_speak_against_a_run_and_fewer_do_not()
    {
        var tolerant = Profile with { AllowedErrors = 0.2 };
        Assert.Empty(Problems(tolerant, [Sends(10, 2)], Deliveries(), RunEnd.Complete));
        Assert.StartsWith(
            "3 of 10 operations of the schedule failed",
            Assert.Single(Problems(tolerant, [Sends(10, 3)], Deliveries(), RunEnd.Complete)));
        Assert.StartsWith(
            "1 of 10 operations of the schedule failed",
            Assert.Single(Problems(Profile, [Sends(10, 1)], Deliveries(), RunEnd.Complete)));
    }

    [Fact]
    public void A_complete_run_has_done_what_was_planned_and_an_interrupted_one_need_not()
    {
        Assert.Equal("9 operations ended, 10 were planned", Assert.Single(Problems(Profile, [Sends(9, 0)], Deliveries(), RunEnd.Complete)));
        Assert.Empty(Problems(Profile, [Sends(9, 0)], Deliveries(), RunEnd.Interrupted));
    }

    // 150 a second for 10 s, of which the server carried 78: within a second more than the ten, 858 had ended.
    [Fact]
    public void A_run_that_takes_longer_than_planned_is_saturated()
    {
        var sends = Sends(1500, 0) with { Planned = 1500, OnTime = 858, PerSecond = 75.4 };
        var verdict = Verdict.Of(Profile, [sends], Deliveries() with { Expected = 0 }, RunEnd.Complete, 19.9);

        Assert.True(verdict.Saturated);
        Assert.Equal(
            "it did not keep its plan: 858 of 1500 operations had ended 1 s after the planned 10 s; they took 19.9 s, "
                + "75.4/s instead of 150.0/s",
            verdict.Problems[0]);
        Assert.False(Verdict.Of(Profile, [sends], Deliveries(), RunEnd.Interrupted, 19.9).Saturated);
    }

    [Fact]
    public void A_run_whose_deliveries_pile_up_is_saturated_although_its_sends_are_answered()
    {
        var verdict = Verdict.Of(Profile, [Sends(10, 0), Came(20)], Deliveries(), RunEnd.Complete, 10);

        Assert.True(verdict.Saturated);
        Assert.Equal(["it did not keep its plan: 20 of 30 deliveries had come 1 s after the planned 10 s"], verdict.Problems);
    }

    [Fact]
    public void One_in_a_hundred_may_be_late()
    {
        var sends = Sends(1000, 0) with { Planned = 1000, OnTime = 990 };
        Assert.Empty(Verdict.Of(Profile, [sends, Came(30)], Deliveries(), RunEnd.Complete, 10).Problems);
        Assert.True(Verdict.Of(Profile, [sends with { OnTime = 989 }, Came(30)], Deliveries(), RunEnd.Complete, 10).Saturated);
    }

    [Fact]
    public void The_last_operations_of_a_plan_have_a_twentieth_of_its_time_and_a_second_at_least()
    {
        Assert.Equal(11, Profile.KeptUntil.TotalSeconds);
        Assert.Equal(630, (Profile with { Duration = TimeSpan.FromMinutes(10) }).KeptUntil.TotalSeconds);
    }

    [Fact]
    public void A_profile_with_remote_users_needs_other_homeservers()
    {
        var plan = new LoadPlan(Profile);
        var error = Assert.Throws<LabException>(() =>
            PopulationShape.Of(Profile with { RemoteUsers = 1 }, plan.Members, ["hs1"], "p.yaml:3"));
        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.StartsWith("p.yaml:3: profile test wants users on other homeservers, and this lab has only hs1", error.Message);
    }

    [Fact]
    public void A_profile_without_remote_users_uses_the_first_homeserver_only()
    {
        var shape = PopulationShape.Of(Profile, new LoadPlan(Profile).Members, ["hs1", "hs2"], null);
        Assert.Equal(["hs1"], shape.Homeservers);
        Assert.Equal(4, shape.AllUsers);
    }

    [Fact]
    public void A_population_is_remembered_for_its_shape_and_readable_by_its_owner_only()
    {
        var folder = new LabFolder(Directory.CreateTempSubdirectory("lab-population-").FullName);
        try
        {
            var store = new PopulationStore(folder);
            var shape = PopulationShape.Of(Profile, new LoadPlan(Profile).Members, ["hs1"], null);
            var population = new Population([new LoadUser("@a:hs1.test", "syt_x", "hs1", "0")], [new LoadRoom("!a:hs1.test", [0], "$e")]);
            Assert.Null(store.TryLoad(shape));
            store.Save(shape, population);

            var loaded = store.TryLoad(shape)!;
            Assert.Equal(population.Users, loaded.Users);
            Assert.Equal("!a:hs1.test", loaded.Rooms.Single().RoomId);
            Assert.Null(store.TryLoad(shape with { Users = 5 }));
            var file = Directory.GetFiles(folder.File("load")).Single();
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

            File.WriteAllText(file, "{ cut off");
            Assert.Null(store.TryLoad(shape));
        }
        finally
        {
            folder.Delete();
        }
    }

    [Fact]
    public void What_wrk_writes_is_read()
    {
        var wrk = Wrk.Parse("""
            Running 4s test @ http://127.0.0.1:18099/
              1 threads and 16 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency   150.26us   62.02us   2.33ms   89.46%
                Req/Sec    92.08k     5.97k  103.68k    70.73%
              Latency Distribution
                 50%  137.00us
                 75%  160.00us
                 90%  201.00us
                 99%    1.20ms
              400000 requests in 4.00s, 75.21MB read
              Non-2xx or 3xx responses: 12
            Requests/sec:  100000.00
            Transfer/sec:     18.35MB
            cpu 0.400 2.800
            """);
        Assert.Equal(
            (400_000L, 4.0, 100_000.0, 8.0, 137.0, 1200.0, 12L),
            (wrk.Requests, wrk.Seconds, wrk.PerSecond, Math.Round(wrk.CpuMicroseconds, 6), wrk.P50, wrk.P99, wrk.Errors));
    }

    [Fact]
    public void The_bench_of_the_drivers_names_every_figure_that_was_missed()
    {
        MeasuredDriver Driver(string name, double perSecond, double cpu) => new(name, 1, 1, perSecond, cpu, 0, 0, 0, 0);
        Assert.Empty(
            new DriverBenchResult(
                [
                    Driver("wrk get", 1e5, 7),
                    Driver("wrk send", 9e4, 20),
                    Driver("builtin get", 50_000, 16),
                    Driver("nbomber get", 30_000, 29),
                ],
                30,
                0).Misses());
        Assert.Equal(
            [
                "builtin get costs 5.00 times wrk's CPU per request, at most 3.5 are wanted",
                "builtin get does 19000 requests/s, at least 20000 are wanted",
                "builtin get costs 35.0 us per request, NBomber 29.0",
                "recording a sample takes 120.0 ns, below 100 is wanted",
                "recording a sample allocates 8 bytes",
            ],
            new DriverBenchResult(
                [
                    Driver("wrk get", 1e5, 7),
                    Driver("wrk send", 9e4, 20),
                    Driver("builtin get", 19_000, 35),
                    Driver("nbomber get", 30_000, 29),
                ],
                120,
                8).Misses());
    }

    [Fact]
    public void A_driver_is_compared_with_wrk_at_the_same_request()
    {
        MeasuredDriver Driver(string name, double cpu) => new(name, 1, 1, 50_000, cpu, 0, 0, 0, 0);
        var result = new DriverBenchResult(
            [Driver("wrk get", 5), Driver("wrk send", 8), Driver("builtin get", 20), Driver("builtin send", 20)],
            30,
            0);

        Assert.Equal("builtin get costs 4.00 times wrk's CPU per request, at most 3.5 are wanted", Assert.Single(result.Misses()));
    }

    [Fact]
    public void The_bench_of_the_proxy_is_met_only_when_requests_per_second_and_cpu_agree()
    {
        static ProxyBenchResult Result(double perSecond, double cpu)
        {
            var pair = ProxyPair.Of(
                [new(1000, 10), new(1000, 10), new(50, 30)],
                [new(1000 * perSecond, 10 / cpu), new(1000 * perSecond, 10 / cpu), new(5000, 1)]);
            return new ProxyBenchResult("reference", [new ProxyBenchPath("/", pair, pair)]);
        }

        Assert.Empty(Result(0.9, 0.9).Misses());
        Assert.StartsWith("the catalogue carries 0.70 of a bare proxy's requests per second", Assert.Single(Result(0.7, 0.9).Misses()));
        Assert.StartsWith("by CPU per request the catalogue carries 0.70 of a bare proxy", Assert.Single(Result(1.5, 0.7).Misses()));
    }

    private static OperationResult Sends(long done, long failed)
    {
        var none = new LatencyResult(0, 0, 0, 0, 0, 0, 0);
        return new OperationResult("send", "open", 10, done, failed, done, 1, none, none, []);
    }

    private static OperationResult Came(long onTime) =>
        Sends(onTime, 0) with { Operation = "delivery", Workload = "observed", Planned = null };

    /// <summary>Of a run that kept its plan but for what is missing.</summary>
    private static IReadOnlyList<string> Problems(
        LoadProfile profile,
        OperationResult[] operations,
        DeliveryCount deliveries,
        RunEnd end) =>
        Verdict.Of(
            profile,
            [.. operations.Select(operation => operation with { OnTime = operation.Planned ?? 0 }), Came(30)],
            deliveries,
            end,
            10).Problems;

    private static DeliveryCount Deliveries() => new(10, 0, 30, 30, 0, 0, 0, 0);
}
