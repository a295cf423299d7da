using System.Net;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Containers;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab;

[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class RunningLabTests(ReferenceLab fixture)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Every_part_is_healthy()
    {
        var looks = await fixture.Lab.LookAsync(None);

        Assert.All(looks, look => Assert.True(look.Value.Holds, $"{look.Key}: {look.Value.Seen}"));
        Assert.Equal(["postgres", "redis", "proxy"], looks.Keys.Take(3));
        Assert.Equal(fixture.Lab.Deployment.Processes.Select(process => process.Id), looks.Keys.Skip(3));
    }

    [Fact]
    public async Task Each_process_shows_metrics_of_its_own()
    {
        var table = new ProcessTable();
        var pids = new Dictionary<string, int>();
        foreach (var process in fixture.Lab.Deployment.Processes)
        {
            pids.Add(process.Id, (await fixture.Lab.Engine.InspectAsync(fixture.Lab.ContainerId(process.Id), None))!.Pid);
        }

        await ProcessorTime.IsToldByEachItselfAsync(
            fixture.Lab,
            () => pids.ToDictionary(one => one.Key, one => table.TimesOf(one.Value)!.Cpu * ProcessTimes.NanosecondsPerTick));
    }

    [Fact]
    public async Task The_database_is_reached_and_has_the_collation_that_Synapse_wants()
    {
        await using var command = fixture.Lab
            .Database()
            .CreateCommand("SELECT datcollate FROM pg_database WHERE datname = current_database()");

        Assert.Equal("C", await command.ExecuteScalarAsync(None));
    }

    [Fact]
    public async Task The_proxy_s_log_names_the_process_that_served_a_request()
    {
        var log = fixture.Lab.ProxyLog;
        var mark = await log.MarkAsync(None);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(fixture.Lab.ClientUri(), "/_matrix/client/versions"));
        var id = Guid.NewGuid().ToString("n");
        request.Headers.Add("X-Request-ID", id);
        using var response = await http.SendAsync(request, None);

        var line = Assert.Single(await log.SinceAsync(mark, None), line => line.RequestId == id);
        Assert.Equal(response.Headers.GetValues("X-Synapse-Worker").Single(), line.Worker);
        Assert.Contains(line.Worker, fixture.Lab.Deployment.Processes.Select(process => process.Id));
        Assert.Equal(200, line.Status);
    }

    [Fact]
    public async Task What_somebody_says_of_their_presence_reaches_who_shares_a_room_with_them()
    {
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, fixture.Lab.ClientUri());
        var alice = await client.RegisterAsync($"alice-{Guid.NewGuid():n}", "secret", None);
        var bob = await client.RegisterAsync($"bob-{Guid.NewGuid():n}", "secret", None);
        var (asAlice, asBob) = (client.With(alice.AccessToken), client.With(bob.AccessToken));
        await asBob.JoinAsync(await asAlice.CreateRoomAsync(null, None), None);

        await asAlice.SendAsync(HttpMethod.Put, $"/_matrix/client/v3/presence/{Uri.EscapeDataString(alice.UserId)}/status", json =>
        {
            json.WriteStartObject();
            json.WriteString("presence", "online");
            json.WriteString("status_msg", "at work");
            json.WriteEndObject();
        }, None);

        await fixture.Lab.Waiter.UntilAsync(TimeSpan.FromSeconds(30), "bob's sync has alice's status", async token =>
        {
            var sync = await asBob.SendAsync(HttpMethod.Get, "/_matrix/client/v3/sync?timeout=0", null, token);
            var told = sync.TryGetProperty("presence", out var presence)
                ? presence
                    .GetProperty("events")
                    .EnumerateArray()
                    .Where(e => e.GetProperty("sender").GetString() == alice.UserId)
                    .Select(e => e.GetProperty("content").ToString())
                    .LastOrDefault()
                : null;
            return new Observation(told?.Contains("at work", StringComparison.Ordinal) == true, told ?? "nothing of alice");
        }, None);
        var asked = await asBob.SendAsync(
            HttpMethod.Get,
            $"/_matrix/client/v3/presence/{Uri.EscapeDataString(alice.UserId)}/status",
            null,
            None);
        Assert.Equal("at work", asked.GetProperty("status_msg").GetString());
    }

    [Fact]
    public void An_address_on_the_network_names_its_process()
    {
        var process = fixture.Lab.Process("generic_worker2");
        var address = fixture.Lab.Containers[process.Container].Addresses.Values.Single();

        Assert.Equal("generic_worker2", fixture.Lab.ProcessAt(address));
        Assert.Null(fixture.Lab.ProcessAt(IPAddress.Parse("203.0.113.1")));
    }

    [Fact]
    public async Task No_file_of_the_database_lies_in_the_image_where_two_processes_that_open_it_for_writing_would_get_in_each_other_s_way()
    {
        var image = fixture.Lab.Deployment.Containers.Single(container => container.Kind == ContainerKind.Postgres).Image;
        Assert.StartsWith(PreparedDatabase.Repository, image, StringComparison.Ordinal);
        var own = await OwnContainers.OnThisMachineAsync(None);
        var files = await own.PrintedByAsync(image, ["find", "/", "-xdev", "-name", "PG_VERSION"], [], None);
        var unpacked = await fixture.Lab.Engine.ExecAsync(
            fixture.Lab.ContainerId("postgres"),
            ["test", "-f", "/pgdata/PG_VERSION"],
            null,
            None);

        Assert.Empty(files);
        Assert.Equal(0, unpacked.ExitCode);
    }

    [Fact]
    public async Task A_command_in_a_container_gives_its_exit_code_and_both_streams()
    {
        var result = await fixture.Lab.Engine.ExecAsync(
            fixture.Lab.ContainerId("main"),
            ["sh", "-c", "cat; echo wrong >&2; exit 3"],
            "from outside",
            None);

        Assert.Equal(new ExecResult(3, "from outside", "wrong\n"), result);
    }

    [Fact]
    public async Task Without_main_no_worker_is_ready_for_those_who_saw_main_ready_before()
    {
        var lab = fixture.Lab;
        using var parts = new PartClient(lab.Deployment, lab.Folder, lab.Engine, (spec, _) => Task.FromResult(lab.ContainerId(spec.Name)));
        var checks = new Readiness(lab.Deployment, parts).All().ToDictionary(check => check.Name);
        Assert.Equal("subscribed", (await checks["main"].ObserveAsync(None)).Seen);
        Assert.Equal("answers, subscribed together with main", (await checks["generic_worker1"].ObserveAsync(None)).Seen);

        await lab.StopAsync("main", None);
        try
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => checks["main"].ObserveAsync(None));
            // What was known of main is not taken for what is: it is asked anew.
            var worker = await checks["generic_worker1"].ObserveAsync(None);
            Assert.Equal(new Observation(false, "subscribed, but main is not: its container is exited"), worker);
        }
        finally
        {
            await lab.StartAsync("main", None);
        }

        await lab.WaitReadyAsync(TimeSpan.FromSeconds(60), None);
    }

    [Fact]
    public async Task A_process_that_nobody_stands_in_for_is_ready_again_when_the_proxy_has_found_it()
    {
        var lab = fixture.Lab;
        using var parts = new PartClient(lab.Deployment, lab.Folder, lab.Engine, (spec, _) => Task.FromResult(lab.ContainerId(spec.Name)));
        var reach = new ProxyReach(lab.Deployment, parts);
        Assert.Null(reach.Of(lab.Process("generic_worker1")));
        var typing = reach.Of(lab.Process("receipts_writer"))!;
        Assert.True((await typing.ObserveAsync(None)).Holds);

        await lab.StopAsync("receipts_writer", None);
        try
        {
            var away = await typing.ObserveAsync(None);
            Assert.False(away.Holds, away.Seen);
            Assert.Contains("is answered 50", away.Seen, StringComparison.Ordinal);
        }
        finally
        {
            await lab.StartAsync("receipts_writer", None);
            await lab.WaitReadyAsync("receipts_writer", TimeSpan.FromSeconds(60), None);
        }

        var back = await typing.ObserveAsync(None);
        Assert.True(back.Holds, back.Seen);
    }

    [Fact]
    public void Nothing_but_loopback_is_listened_on()
    {
        var published = fixture.Lab.Deployment.Containers
            .SelectMany(container => container.Ports)
            .Select(port => port.HostPort)
            .ToHashSet();
        var listening = new[] { "/proc/net/tcp", "/proc/net/tcp6" }.SelectMany(table => File.ReadLines(table).Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns[3] == "0A" && published.Contains(Convert.ToInt32(columns[1].Split(':')[1], 16)))
            .Select(columns => columns[1].Split(':')[0])
            .ToArray();

        Assert.Equal(published.Count, listening.Length);
        // 127.0.0.1 as /proc/net/tcp writes it.
        Assert.All(listening, address => Assert.Equal("0100007F", address));
    }

    [Fact]
    public async Task Replication_and_metrics_are_not_served_on_the_public_ports()
    {
        using var http = new HttpClient { BaseAddress = fixture.Lab.ClientUri() };
        foreach (var path in new[] { "/_synapse/metrics", "/_synapse/replication/x", "/metrics/main", "/health/main" })
        {
            using var response = await http.GetAsync(path, None);
            Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden, $"{path}: {response.StatusCode}");
        }
    }

    [Fact]
    public void Secrets_are_readable_by_the_owner_alone()
    {
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(fixture.Lab.Folder.Path));
        foreach (var secret in fixture.Lab.Deployment.Secrets)
        {
            string[] files = secret.Kind is SecretKind.Certificate or SecretKind.CertificateAuthority
                ? [secret.Path + ".key", secret.Path + ".crt"]
                : [secret.Path];
            Assert.All(files, file =>
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(fixture.Lab.Folder.File(file))));
        }
    }

    [Fact]
    public async Task Redis_that_restarts_is_missed_by_processes_until_they_have_subscribed_again()
    {
        var lab = fixture.Lab;
        await lab.StopAsync("redis", None);
        var away = await lab.LookAsync(None);
        Assert.Equal(new Observation(false, "healthy, but redis is stopped"), away["generic_worker1"]);
        Assert.StartsWith("stopped since ", away["redis"].Seen, StringComparison.Ordinal);

        await lab.StartAsync("redis", None);
        await lab.WaitReadyAsync(TimeSpan.FromSeconds(60), None);
        Assert.All(await lab.LookAsync(None), look => Assert.Equal("healthy", look.Value.Seen));
    }
}
