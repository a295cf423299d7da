using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SynapseLab.Cli;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Cli;
using SynapseLab.Tests.Runtimes.Engine;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>The verbs that look at a running lab, as a user types them.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class LabVerbsTests(ReferenceLab fixture)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _unique = Guid.NewGuid().ToString("n")[..8];

    private IEnumerable<string> Processes => fixture.Lab.Deployment.Processes.Select(process => process.Id);

    [Fact]
    public async Task Status_says_of_every_process_and_container_that_it_is_healthy_what_it_takes_and_where_the_lab_is_reached()
    {
        var (exitCode, output, error) = await RunAsync("status");

        Assert.True(exitCode == 0, error);
        var lines = output.Split('\n');
        Assert.All(
            Processes.Concat(["postgres", "redis", "proxy"]),
            name => Assert.Matches(
                $@"^{name} +[1-9][0-9]* MiB +[0-9]+\.[0-9] s  healthy$",
                Assert.Single(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal))));
        Assert.Contains(
            lines.Where(line => line.StartsWith("client ", StringComparison.Ordinal)),
            line => line.Contains(fixture.Lab.ClientUri().OriginalString, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_commands_that_up_prints_register_users_and_show_the_status_just_as_they_are_printed()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var hints = new StringWriter();
        LabOutput.WriteHints(hints, fixture.Lab.Deployment);
        // register    ./lab user alice --name x
        //          or curl -X POST http://127.0.0.1:8008/...
        var commands = hints.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[12..]).ToArray();

        // In a lab that was kept from the last run alice and bob are there already.
        var alice = await ShellAsync(commands[0]);
        Assert.True(alice.ExitCode == 0 || alice.Error.Contains("M_USER_IN_USE", StringComparison.Ordinal), alice.Error);
        Assert.Matches("\"user_id\":\"@bob:hs1.test\"|M_USER_IN_USE", (await ShellAsync(commands[1])).Output);
        Assert.Equal(0, (await ShellAsync(commands[2])).ExitCode);
        Assert.Equal($"./lab down {fixture.Lab.Name}", commands[3]);

        Task<CommandResult> ShellAsync(string command) =>
            ExternalCommand.RunAsync("sh", ["-c", $"cd '{LabRoot.Find().Path}' && {command}"], null, limit.Token);
    }

    [Fact]
    public async Task Status_as_JSON_is_one_object_that_names_every_process_container_and_endpoint()
    {
        var (exitCode, output, error) = await RunAsync("status", "--json");

        Assert.True(exitCode == 0, error);
        var status = JsonDocument.Parse(output).RootElement;
        Assert.Equal(fixture.Lab.Name, status.GetProperty("name").GetString());
        Assert.Equal("reference", status.GetProperty("topology").GetString());
        Assert.True(status.GetProperty("healthy").GetBoolean());
        Assert.Equal(["postgres", "redis", "proxy", .. Processes], Names(status.GetProperty("parts").EnumerateArray()));
        Assert.All(status.GetProperty("parts").EnumerateArray(), part => Assert.True(part.GetProperty("healthy").GetBoolean()));
        Assert.Equal(
            fixture.Lab.Deployment.Containers.Select(container => container.Name).Order(),
            status
                .GetProperty("containers")
                .EnumerateObject()
                .Where(container => container.Value.GetProperty("resident_bytes").GetInt64() > 0)
                .Select(container => container.Name)
                .Order());
        Assert.Equal(["client", "federation", "operator", "sql"], Names(status.GetProperty("endpoints").EnumerateArray()));
    }

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
                Assert.Matches($@"^lab: redis is {CutOff}\. First \./lab heal redis --name {fixture.Lab.Name}\n$", refused.Error));
            Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }
        finally
        {
            await fixture.Lab.HealAsync("redis", None);
        }

        Assert.StartsWith("redis: is connected already", (await RunAsync("heal", "redis")).Output, StringComparison.Ordinal);
        await fixture.Lab.WaitReadyAsync(TimeSpan.FromSeconds(60), None);
        await fixture.Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(60),
            "all is well again",
            async token =>
                (await fixture.Lab.LookAsync(token)).FirstOrDefault(look => !look.Value.Holds) is { Key: { } part, Value: var look }
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
        await fixture.Lab.WaitReadyAsync(TimeSpan.FromSeconds(60), None);
    }

    [Fact]
    public async Task A_worker_that_is_cut_off_answers_for_itself_and_one_that_somebody_paused_past_the_lab_is_not_said_to_be_the_lab_s_doing()
    {
        var lab = fixture.Lab;
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
            var looks = await fixture.Lab.LookAsync(None);
            Assert.All(Processes, process => Assert.Equal("healthy", looks[process].Seen));
            Assert.StartsWith("stopped since ", looks["proxy"].Seen, StringComparison.Ordinal);
            Assert.Equal(ExitCodes.Fine, (await RunAsync("metrics", "main", "process_start_time")).ExitCode);
        }
        finally
        {
            await RunAsync("start", "proxy");
        }

        Assert.True((await fixture.Lab.LookAsync(None))["proxy"].Holds);
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

        await fixture.RestartProcessesAsync();
    }

    // Of another checkout: this one has the shared lab.
    [Theory]
    [InlineData("lab: no lab is running. Start one with ./lab up --detach\n", "status")]
    [InlineData("lab: no lab is running. Start one with ./lab up --detach\n", "load", "chat")]
    [InlineData("lab: no lab 'sharded' is running. Start it with ./lab up sharded --detach\n", "load", "chat", "--topology", "sharded")]
    public async Task Where_no_lab_runs_it_is_said_how_to_start_one(string said, params string[] words)
    {
        using var checkout = new TemporaryFolder();
        foreach (var folder in new[] { "topologies", "profiles" })
        {
            Directory.CreateSymbolicLink(checkout.File(folder), Path.Combine(LabRoot.Find().Path, folder));
        }

        var environment = new Dictionary<string, string> { [LabRoot.Variable] = checkout.Path };
        Assert.Equal((ExitCodes.WrongUse, "", said), await LabProgram.RunAsync(environment, words));
    }

    [Fact]
    public async Task Logs_are_those_of_the_process_that_was_named()
    {
        var (exitCode, output, error) = await RunAsync("logs", "events_persister1");

        Assert.True(exitCode == 0, error);
        // Synapse's own greeting: "Instance name: events_persister1".
        Assert.Contains("Instance name: events_persister1", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Instance name: master", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_with_a_tail_are_so_many_lines()
    {
        var (exitCode, output, _) = await RunAsync("logs", "main", "--tail", "3");

        Assert.Equal(0, exitCode);
        Assert.Equal(3, output.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public async Task Logs_that_are_followed_go_on_with_what_happens_until_Ctrl_C()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var following = LabProgram.Start(null, "logs", "proxy", "--follow", "--tail", "0", "--name", fixture.Lab.Name);
        using var http = new HttpClient { BaseAddress = fixture.Lab.ClientUri() };
        var line = following.StandardOutput.ReadLineAsync(limit.Token).AsTask();
        // Asked again until the program listens: it says nothing before the first line.
        await fixture.Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(30),
            "a request shows in the log that is followed",
            async token =>
            {
                using var _ = await http.GetAsync($"/_matrix/client/versions?{_unique}", token);
                return line.IsCompleted ? Observation.Yes("a line") : Observation.No("none");
            },
            limit.Token);
        Assert.Contains("\"worker\":", await line, StringComparison.Ordinal);

        using var kill = Process.Start("kill", ["-INT", following.Id.ToString(CultureInfo.InvariantCulture)]);
        await following.WaitForExitAsync(limit.Token);
        Assert.Equal(0, following.ExitCode);
    }

    [Theory]
    [InlineData("logs", "process or container")]
    [InlineData("stop", "process or container")]
    [InlineData("metrics", "process")]
    public async Task An_unknown_name_is_one_line_that_has_the_known_ones_and_exit_code_2(string verb, string what)
    {
        var (exitCode, output, error) = await RunAsync(verb, "generic_worker9");

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Equal("", output);
        Assert.StartsWith(
            $"lab: lab '{fixture.Lab.Name}' has no {what} 'generic_worker9'. "
                + "Did you mean 'generic_worker1'? It has main, generic_worker1, ",
            Assert.Single(error.TrimEnd('\n').Split('\n')),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_was_registered_has_a_token_and_a_password_that_work()
    {
        var (exitCode, output, error) = await RunAsync("user", $"alice-{_unique}");

        Assert.True(exitCode == 0, error);
        Assert.Equal($"@alice-{_unique}:hs1.test", Value(output, "user"));
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, new Uri(Value(output, "server")));
        var who = await client.With(Value(output, "token")).SendAsync(HttpMethod.Get, "/_matrix/client/v3/account/whoami", null, None);
        Assert.Equal($"@alice-{_unique}:hs1.test", who.GetProperty("user_id").GetString());
        Assert.Equal($"@alice-{_unique}:hs1.test", (await client.LoginAsync($"alice-{_unique}", Value(output, "password"), None)).UserId);
        // What only administrators may ask.
        var refused = await Assert.ThrowsAsync<MatrixException>(() =>
            client.With(Value(output, "token")).SendAsync(HttpMethod.Get, "/_synapse/admin/v2/users?limit=1", null, None));
        Assert.Equal("M_FORBIDDEN", refused.ErrorCode);
    }

    [Fact]
    public async Task For_scripts_a_user_is_one_JSON_object_of_documented_fields_and_its_token_works()
    {
        var (exitCode, output, error) = await RunAsync("user", $"dora-{_unique}", "--json");

        Assert.True(exitCode == 0, error);
        var user = JsonDocument.Parse(output).RootElement;
        DocumentedJson.Has("user --json", user);
        Assert.Equal($"@dora-{_unique}:hs1.test", user.GetProperty("user_id").GetString());
        using var connections = new MatrixConnections();
        var client = new MatrixClient(
            connections.Http,
            new Uri(user.GetProperty("client_uri").GetString()!),
            user.GetProperty("access_token").GetString()!);
        Assert.Equal(
            $"@dora-{_unique}:hs1.test",
            (await client.SendAsync(HttpMethod.Get, "/_matrix/client/v3/account/whoami", null, None)).GetProperty("user_id").GetString());
    }

    [Fact]
    public async Task For_scripts_the_status_is_one_JSON_object_of_documented_fields()
    {
        var (exitCode, output, error) = await RunAsync("status", "--json");

        Assert.True(exitCode == 0, error);
        var status = JsonDocument.Parse(output).RootElement;
        DocumentedJson.Has("status --json", status);
        Assert.Equal(
            Processes.Concat(["postgres", "redis", "proxy"]).Order(),
            status.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()!).Order());
    }

    [Fact]
    public async Task For_scripts_a_lab_is_one_JSON_object_of_documented_fields_that_says_where_it_is_reached()
    {
        var topology = fixture.Lab.Deployment.Topology.Name;
        var up = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };

        Assert.True(await up.RunAsync($"up {topology} --name {fixture.Lab.Name} --detach --json") == 0, up.Error);

        var lab = JsonDocument.Parse(up.Output).RootElement;
        DocumentedJson.Has("up --json", lab);
        Assert.False(lab.GetProperty("started").GetBoolean());
        var homeserver = Assert.Single(lab.GetProperty("homeservers").EnumerateArray());
        Assert.Equal(fixture.Lab.ClientUri().OriginalString, homeserver.GetProperty("client_uri").GetString());
        Assert.Equal(
            Processes,
            homeserver.GetProperty("processes").EnumerateArray().Select(process => process.GetProperty("name").GetString()));
        Assert.Equal(
            await fixture.Lab.RegistrationSharedSecretAsync(null, None),
            (await File.ReadAllTextAsync(homeserver.GetProperty("registration_shared_secret_file").GetString()!)).Trim());
    }

    [Fact]
    public async Task Up_and_status_ask_little_of_the_engine_where_a_lab_runs()
    {
        var each = fixture.Lab.Containers.Count;

        Assert.Equal(
            new Dictionary<string, int> { ["PingAsync"] = 1, ["ListAsync"] = 1 },
            await AskedByAsync($"up {fixture.Lab.Deployment.Topology.Name} --name {fixture.Lab.Name} --detach"));
        // For health and for the kernel's account of each container; Redis is asked by its own client.
        Assert.Equal(
            new Dictionary<string, int> { ["ListAsync"] = 1, ["ListNetworksAsync"] = 1, ["InspectAsync"] = 2 * each, ["ExecAsync"] = 1 },
            await AskedByAsync($"status --name {fixture.Lab.Name}"));

        static async Task<Dictionary<string, int>> AskedByAsync(string command)
        {
            var asked = new ConcurrentQueue<string>();
            var lab = new LabCommandLine
            {
                CreateEngine = () => FaultyEngine.Of(DockerEngine.OfThisMachine(), (method, _) =>
                {
                    asked.Enqueue(method);
                    return null;
                }),
            };
            Assert.True(await lab.RunAsync(command) == 0, lab.Error);
            return asked.Where(method => method.EndsWith("Async", StringComparison.Ordinal)).CountBy(method => method).ToDictionary();
        }
    }

    [Fact]
    public async Task A_user_can_be_made_an_administrator_with_a_password_of_choice()
    {
        var (exitCode, output, error) = await RunAsync("user", $"root-{_unique}", "--admin", "--password", "correct horse");

        Assert.True(exitCode == 0, error);
        Assert.Equal("correct horse", Value(output, "password"));
        using var connections = new MatrixConnections();
        var client = new MatrixClient(connections.Http, fixture.Lab.ClientUri(), Value(output, "token"));
        var users = await client.SendAsync(HttpMethod.Get, "/_synapse/admin/v2/users?limit=1", null, None);
        Assert.Equal(1, users.GetProperty("users").GetArrayLength());
    }

    [Fact]
    public async Task A_user_name_that_is_taken_is_one_line_and_exit_code_1()
    {
        Assert.Equal(0, (await RunAsync("user", $"bob-{_unique}")).ExitCode);

        var (exitCode, output, error) = await RunAsync("user", $"bob-{_unique}");

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal("", output);
        Assert.Equal($"lab: Synapse refused user 'bob-{_unique}': User ID already taken\n", error);
    }

    [Fact]
    public async Task Without_main_nobody_can_be_registered_and_no_metrics_be_had_of_it_which_one_line_each_says()
    {
        var lab = fixture.Lab;
        await lab.StopAsync("main", None);
        try
        {
            var user = await RunAsync("user", $"carol-{_unique}");
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

    [Fact]
    public async Task Metrics_are_the_process_s_own_and_can_be_asked_for_by_a_part_of_their_name()
    {
        var (exitCode, output, error) = await RunAsync("metrics", "receipts_writer", "process_start_time");

        Assert.True(exitCode == 0, error);
        // process_start_time_seconds 1795261039.8
        var (name, value) = output.TrimEnd('\n').Split(' ') is [var first, var second] ? (first, second) : ("", "");
        Assert.Equal("process_start_time_seconds", name);
        Assert.Equal(
            (await fixture.Lab.MetricsAsync("receipts_writer", None)).Sum("process_start_time_seconds"),
            double.Parse(value, CultureInfo.InvariantCulture));
    }

    // A counter with labels has no sample before it first counts. This one counts messages to application services, of which there are
    // none.
    [Fact]
    public async Task A_metric_that_has_counted_nothing_yet_is_no_error()
    {
        var (exitCode, output, error) = await RunAsync("metrics", "main", "synapse_appservice_api_sent_events");

        Assert.True(exitCode == 0, error);
        Assert.Equal("# synapse_appservice_api_sent_events_total has nothing to show yet\n", output);
    }

    [Fact]
    public async Task A_metric_that_is_not_there_is_said_so()
    {
        var (exitCode, _, error) = await RunAsync("metrics", "main", "nosuch");

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal($"lab: main has no metric with 'nosuch' in its name. ./lab metrics main --name {fixture.Lab.Name} shows all\n", error);
    }

    [Fact]
    public async Task Rows_of_a_statement_are_lines_below_their_names()
    {
        Assert.Equal(
            (0, "number\tnothing\n1\t\n2\t\n", ""),
            await RunAsync("sql", "SELECT number, NULL AS nothing FROM generate_series(1, 2) number"));
    }

    [Fact]
    public async Task A_statement_without_rows_prints_none() => Assert.Equal((0, "", ""), await RunAsync("sql", "DO 'BEGIN NULL; END'"));

    [Theory]
    [InlineData("SELEC", "lab: Postgres refused: syntax error at or near \"SELEC\"\n")]
    [InlineData("SELECT * FROM nosuch", "lab: Postgres refused: relation \"nosuch\" does not exist\n")]
    public async Task A_statement_that_Postgres_refuses_is_one_line_and_exit_code_1(string statement, string problem) =>
        Assert.Equal((ExitCodes.Failed, "", problem), await RunAsync("sql", statement));

    [Fact]
    public async Task Doctor_says_which_images_are_in_use_where_they_come_from_and_which_labs_run()
    {
        var (exitCode, output, error) = await LabProgram.RunAsync("doctor");

        Assert.True(exitCode == 0, output + error);
        var images = new MachineImages(fixture.Lab.Root, fixture.Lab.Engine).Read();
        Assert.Equal(5, images.Count);
        var origins = new Dictionary<string, string> { ["debian"] = "built from Debian packages", ["registry"] = "from its registry" };
        Assert.All(
            images,
            image => Assert.Matches(
                $@"(?m)^  {image.Part} +{Regex.Escape(image.Reference)} +{Regex.Escape(image.Version)} +{origins[image.Origin]}$",
                output));
        Assert.Matches($@"(?m)^  running .*\b{fixture.Lab.Name}\b", output);
        Assert.EndsWith("all is well\n", output, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words) =>
        LabProgram.RunAsync([.. words, "--name", fixture.Lab.Name]);

    // user      @alice:hs1.test
    private static string Value(string output, string name) =>
        Assert.Single(output.Split('\n'), line => line.StartsWith(name + " ", StringComparison.Ordinal))[name.Length..].Trim();

    private static IEnumerable<string?> Names(IEnumerable<JsonElement> items) => items.Select(item => item.GetProperty("name").GetString());
}
