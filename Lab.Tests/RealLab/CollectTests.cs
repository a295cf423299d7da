using SynapseLab.Runtimes.Collecting;
using System.Text.Json;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>What <c>./lab collect</c> keeps of a lab whose processes share a container, while one of them is dead.</summary>
[Trait("Lab", "real")]
[Collection(PackedLab.Name)]
public sealed class PackedCollectTests(PackedLab fixture)
{
    private static readonly CancellationToken None = CancellationToken.None;

    private RunningLab Lab => fixture.Lab;

    [Fact]
    public async Task All_is_kept_but_what_a_dead_process_can_t_give_which_is_told_on_a_line_and_no_secret_is_in_it()
    {
        using var folder = new TemporaryFolder();
        var user = await UserRegistration.RegisterAsync(
            Lab,
            null,
            new NewUser($"kept{Guid.NewGuid():n}"[..16], "a password of somebody"),
            None);
        var request = await AskWithTokenInQueryAsync(user.AccessToken);
        await Lab.KillAsync("generic_worker2", None);
        var command = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };
        try
        {
            Assert.Equal(ExitCodes.Failed, await command.RunAsync(["collect", folder.File("kept"), "--name", Lab.Name], None));
        }
        finally
        {
            await Lab.StartAsync("generic_worker2", None);
            await Lab.WaitReadyAsync("generic_worker2", TimeSpan.FromSeconds(60), None);
        }

        var missing = $@"metrics of generic_worker2: killed since [0-9:]+ UTC by process {Environment.ProcessId}\n";
        Assert.Matches($"^lab: {missing}$", command.Error);
        Assert.Matches(
            $"^lab {Lab.Name}: [0-9]+ files .* in {folder.File("kept")}; what could not be had is in {folder.File("kept/missing.txt")}\n$",
            command.Output);
        var kept = new CollectedFolder(folder.File("kept"));
        Assert.Matches($"^{missing}$", kept["missing.txt"]);
        kept.IsLaidOutAsDocumented();
        kept.HasNoSecretOf(Lab.Folder, user.AccessToken, "a password of somebody");

        Assert.All(Lab.Deployment.Processes, process =>
        {
            Assert.Contains($"Instance name: {process.InstanceName}", kept[$"logs/{process.Id}.log"], StringComparison.Ordinal);
            Assert.DoesNotContain(
                Lab.Deployment.Processes.Where(other => other != process),
                other => kept[$"logs/{process.Id}.log"].Contains($"\n[{other.Id}] ", StringComparison.Ordinal));
        });
        Assert.Contains("[launcher] generic_worker2 ended with exit code 137", kept["logs/generic_worker2.log"], StringComparison.Ordinal);
        Assert.All(
            Lab.Deployment.Processes.Where(process => process.Id != "generic_worker2"),
            process => Assert.Contains("process_cpu_seconds_total", MetricsSnapshot.Parse(kept[$"metrics/{process.Id}.prom"]).Names));
        Assert.Contains(kept["logs/proxy-access.jsonl"].Split('\n').Select(ProxyLogLine.TryParse), line => line?.RequestId == request);
        Assert.DoesNotContain("request_id", kept["logs/proxy.log"], StringComparison.Ordinal);
        var status = JsonDocument.Parse(kept["status.json"]).RootElement;
        Assert.False(status.GetProperty("healthy").GetBoolean());
        DocumentedJson.Has("status --json", status);
        var images = JsonDocument.Parse(kept["versions.json"]).RootElement.GetProperty("images").EnumerateArray().ToArray();
        Assert.Equal(
            Lab.Deployment.Containers.Select(container => container.Name).Order(),
            images
                .SelectMany(image => image.GetProperty("containers").EnumerateArray())
                .Select(container => container.GetString()!)
                .Order());
        Assert.All(images, image => Assert.StartsWith("sha256:", image.GetProperty("id").GetString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("collect", "lab: Required argument 'dir' missing for ")]
    [InlineData("collect FOLDER", "lab: FOLDER: the folder is not empty, and what is in it would be taken for this lab's. Name another folder")]
    [InlineData("collect FOLDER/file", "lab: FOLDER/file: nothing can be collected there: ")]
    [InlineData("collect FOLDER/new --name nosuchlab", "lab: no lab 'nosuchlab' is running. ")]
    public async Task A_place_or_a_lab_that_won_t_do_is_one_line_and_exit_code_2(string arguments, string problem)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("file"), "somebody's", None);
        var command = new LabCommandLine { CreateEngine = DockerEngine.OfThisMachine };
        var words = arguments.Replace("FOLDER", folder.Path, StringComparison.Ordinal).Split(' ');

        Assert.Equal(ExitCodes.WrongUse, await command.RunAsync(words.Contains("--name") ? words : [.. words, "--name", Lab.Name], None));

        Assert.StartsWith(problem.Replace("FOLDER", folder.Path, StringComparison.Ordinal), command.Error, StringComparison.Ordinal);
        Assert.Single(command.Error.Trim().Split('\n'));
        Assert.Equal(["file"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    private async Task<string> AskWithTokenInQueryAsync(string token)
    {
        var id = $"collect-{Guid.NewGuid():n}";
        using var http = new HttpClient { BaseAddress = Lab.ClientUri() };
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"/_matrix/client/v3/account/whoami?access_token={token}")
        { Headers = { { "X-Request-ID", id } } };
        using var response = await http.SendAsync(request, None);
        response.EnsureSuccessStatusCode();
        await Lab.ProxyLog.MarkAsync(None);
        return id;
    }
}

/// <summary>Secrets that a topology brings: an application service's tokens in a file, another's in options.</summary>
[Trait("Lab", "real")]
[Collection(DelegatedLab.Name)]
public sealed class DelegatedCollectTests(DelegatedLab fixture)
{
    [Fact]
    public async Task They_are_redacted_in_configuration_and_topology_which_are_there_otherwise()
    {
        using var folder = new TemporaryFolder();

        Assert.Empty(await fixture.Lab.CollectAsync(folder.File("kept")));

        var kept = new CollectedFolder(folder.File("kept"));
        kept.HasNoSecretOf(
            fixture.Lab.Folder,
            DelegatedLab.ApplicationServiceToken,
            DelegatedLab.HomeserverToken,
            DelegatedLab.AuthenticationServiceSecret);
        Assert.Contains(
            "id: irc\nurl: null\nas_token: redacted\nhs_token: redacted\nsender_localpart: irc\n",
            kept["config/hs1/files/irc.yaml"],
            StringComparison.Ordinal);
        Assert.Contains("secret: redacted", kept["config/hs1/homeserver.yaml"], StringComparison.Ordinal);
        Assert.Contains("endpoint: 'http://mas.test:8080/', secret: redacted }", kept["config/topology.yaml"], StringComparison.Ordinal);
    }
}
