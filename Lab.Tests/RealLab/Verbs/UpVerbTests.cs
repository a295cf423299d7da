using System.Collections.Concurrent;
using System.Text.Json;
using SynapseLab.Cli;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Tests.Cli;
using SynapseLab.Tests.Runtimes.Engine;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>What up prints where the lab runs, and what it asks for.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class UpVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    [Fact]
    public async Task The_commands_that_up_prints_register_users_and_show_the_status_just_as_they_are_printed()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var hints = new StringWriter();
        LabOutput.WriteHints(hints, Lab.Deployment);
        // register    ./lab user alice --name x
        //          or curl -X POST http://127.0.0.1:8008/...
        var commands = hints.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[12..]).ToArray();

        // In a lab that was kept from the last run alice and bob are there already.
        var alice = await ShellAsync(commands[0]);
        Assert.True(alice.ExitCode == 0 || alice.Error.Contains("M_USER_IN_USE", StringComparison.Ordinal), alice.Error);
        Assert.Matches("\"user_id\":\"@bob:hs1.test\"|M_USER_IN_USE", (await ShellAsync(commands[1])).Output);
        Assert.Equal(0, (await ShellAsync(commands[2])).ExitCode);
        Assert.Equal($"./lab down {Lab.Name}", commands[3]);

        Task<CommandResult> ShellAsync(string command) =>
            ExternalCommand.RunAsync("sh", ["-c", $"cd '{LabRoot.Find().Path}' && {command}"], null, limit.Token);
    }

    [Fact]
    public async Task For_scripts_a_lab_is_one_JSON_object_of_documented_fields_that_says_where_it_is_reached()
    {
        var topology = Lab.Deployment.Topology.Name;
        var up = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };

        Assert.True(await up.RunAsync($"up {topology} --name {Lab.Name} --detach --json") == 0, up.Error);

        var lab = JsonDocument.Parse(up.Output).RootElement;
        DocumentedJson.Has("up --json", lab);
        Assert.False(lab.GetProperty("started").GetBoolean());
        var homeserver = Assert.Single(lab.GetProperty("homeservers").EnumerateArray());
        Assert.Equal(Lab.ClientUri().OriginalString, homeserver.GetProperty("client_uri").GetString());
        Assert.Equal(
            Processes,
            homeserver.GetProperty("processes").EnumerateArray().Select(process => process.GetProperty("name").GetString()));
        Assert.Equal(
            await Lab.RegistrationSharedSecretAsync(null, None),
            (await File.ReadAllTextAsync(homeserver.GetProperty("registration_shared_secret_file").GetString()!)).Trim());
    }

    [Fact]
    public async Task Up_and_status_ask_little_of_the_engine_where_a_lab_runs()
    {
        var each = Lab.Containers.Count;

        Assert.Equal(
            new Dictionary<string, int> { ["PingAsync"] = 1, ["ListAsync"] = 1 },
            await AskedByAsync($"up {Lab.Deployment.Topology.Name} --name {Lab.Name} --detach"));
        // For health and for the kernel's account of each container; Redis is asked by its own client.
        Assert.Equal(
            new Dictionary<string, int> { ["ListAsync"] = 1, ["ListNetworksAsync"] = 1, ["InspectAsync"] = 2 * each, ["ExecAsync"] = 1 },
            await AskedByAsync($"status --name {Lab.Name}"));

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
}
