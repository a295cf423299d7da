using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Engine;

/// <summary>Which engine it is in every situation, by the lab and by the scripts, which have to agree to the word.</summary>
public sealed class EngineLookupTests : IDisposable
{
    private const string System = "unix:///var/run/docker.sock";

    private readonly TemporaryFolder _folder = new();
    private readonly List<Socket> _sockets = [];

    // Name of the situation, variables, current context of the configuration, contexts that exist, and what is found: {F} is the test's
    // folder.
    private static readonly Dictionary<string, Situation> BySituation = new()
    {
        ["nothing is set"] = new([], null, System, EngineOrigin.System),
        ["DOCKER_HOST"] = new(
            new() { ["DOCKER_HOST"] = "unix:///run/user/1000/docker.sock" },
            null,
            "unix:///run/user/1000/docker.sock",
            EngineOrigin.DockerHost),
        ["DOCKER_HOST before contexts"] = new(
            new() { ["DOCKER_HOST"] = "unix:///x.sock", ["DOCKER_CONTEXT"] = "desk" },
            "rootless",
            "unix:///x.sock",
            EngineOrigin.DockerHost),
        ["DOCKER_CONTEXT before the current one"] = new(
            new() { ["DOCKER_CONTEXT"] = "desk" },
            "rootless",
            "unix:///home/user/.docker/desktop/docker.sock",
            EngineOrigin.ContextVariable),
        ["the current context"] = new([], "rootless", "unix:///run/user/1000/docker.sock", EngineOrigin.CurrentContext),
        ["a context before a rootless socket"] = new(
            new() { ["XDG_RUNTIME_DIR"] = "{F}/run" },
            "rootless",
            "unix:///run/user/1000/docker.sock",
            EngineOrigin.CurrentContext),
        ["a rootless socket"] = new(new() { ["XDG_RUNTIME_DIR"] = "{F}/run" }, null, "unix://{F}/run/docker.sock", EngineOrigin.Rootless),
        ["no rootless socket where one would be"] = new(new() { ["XDG_RUNTIME_DIR"] = "{F}" }, null, System, EngineOrigin.System),
        ["the docker command's own word for the system's engine"] = new(
            new() { ["DOCKER_CONTEXT"] = "default", ["XDG_RUNTIME_DIR"] = "{F}/run" },
            null,
            System,
            EngineOrigin.ContextVariable),
        ["variables that are empty"] = new(
            new() { ["DOCKER_HOST"] = "", ["DOCKER_CONTEXT"] = "", ["XDG_RUNTIME_DIR"] = "" },
            "",
            System,
            EngineOrigin.System),
        ["a configuration in the home folder"] = new(
            new() { ["DOCKER_CONFIG"] = "", ["HOME"] = "{F}/home" },
            null,
            "unix:///run/user/1000/docker.sock",
            EngineOrigin.CurrentContext),
        ["an engine on another machine"] = new(new() { ["DOCKER_HOST"] = "tcp://192.0.2.1:2375" }, null, null, EngineOrigin.DockerHost),
        ["a context by SSH"] = new([], "far", null, EngineOrigin.CurrentContext),
        ["a context that does not exist"] = new(new() { ["DOCKER_CONTEXT"] = "lost" }, null, null, EngineOrigin.ContextVariable),
        ["a current context that does not exist"] = new([], "lost", null, EngineOrigin.CurrentContext),
    };

    public EngineLookupTests()
    {
        Context("config", "rootless", "unix:///run/user/1000/docker.sock");
        Context("config", "desk", "unix:///home/user/.docker/desktop/docker.sock");
        Context("config", "far", "ssh://user@192.0.2.1");
        Context("home/.docker", "rootless", "unix:///run/user/1000/docker.sock");
        File.WriteAllText(_folder.File("home/.docker/config.json"), "{\n\t\"auths\": {},\n\t\"currentContext\": \"rootless\"\n}");
        Directory.CreateDirectory(_folder.File("run"));
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.File("run/docker.sock")));
        _sockets.Add(socket);
    }

    public static TheoryData<string> Situations => [.. BySituation.Keys];

    [Theory]
    [MemberData(nameof(Situations))]
    public async Task The_lab_and_its_scripts_find_the_same_engine_for_the_same_reason(string situation)
    {
        var (variables, current, host, origin) = BySituation[situation];
        var environment = variables.ToDictionary(pair => pair.Key, pair => Placed(pair.Value));
        environment.TryAdd("DOCKER_CONFIG", _folder.File("config"));
        if (current is not null)
        {
            File.WriteAllText(_folder.File("config/config.json"), $$"""{"auths":{},"currentContext":"{{current}}"}""");
        }

        var found = Found(environment);

        Assert.Equal(host is null ? "" : Placed(host), found.Host);
        Assert.Equal(host is null ? "" : origin.ToString(), found.Origin);
        Assert.Equal(host is null, found.Problem.Length > 0);
        Assert.Equal(found with { Origin = origin.ToString() }, await ByScriptAsync(environment));
    }

    [Theory]
    [InlineData("unix:///x.sock", "unix:///x.sock")]
    [InlineData("", System)]
    public void What_is_started_for_the_engine_is_given_its_socket_whatever_it_would_find_by_itself(string set, string given) =>
        Assert.Equal(
            new Dictionary<string, string> { ["DOCKER_HOST"] = given },
            new EngineLookup(name => name == "DOCKER_HOST" ? set : null).Find().Environment);

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _folder.Dispose();
    }

    private static Answer Found(Dictionary<string, string> environment)
    {
        try
        {
            var socket = new EngineLookup(environment.GetValueOrDefault).Find();
            return new Answer(socket.Host, socket.Origin.ToString(), socket.Reason, "");
        }
        catch (LabException problem)
        {
            Assert.Equal(ExitCodes.WrongUse, problem.ExitCode);
            return new Answer("", "", "", problem.Message);
        }
    }

    private static async Task<Answer> ByScriptAsync(Dictionary<string, string> environment)
    {
        const string script = """
            set -euo pipefail
            . eng/setup.d/endpoint.sh
            if find_engine; then
                [[ $DOCKER_HOST == "$ENGINE_HOST" ]]
                printf '%s|%s|%s|' "$DOCKER_HOST" "$ENGINE_ORIGIN" "$ENGINE_REASON"
            else
                printf '|%s||%s. %s' "$ENGINE_ORIGIN" "$ENGINE_PROBLEM" "$ENGINE_FIX"
            fi
            """;
        var result = await ExternalCommand.RunAsync(
            "env",
            [
                "--ignore-environment",
                $"PATH={Environment.GetEnvironmentVariable("PATH")}",
                .. environment.Select(pair => $"{pair.Key}={pair.Value}"),
                "bash",
                "-c",
                $"cd '{LabRoot.Find().Path}'\n{script}",
            ],
            null,
            CancellationToken.None);
        Assert.True(result.ExitCode == 0, result.Error);
        var parts = result.Output.Split('|');
        return new Answer(parts[0], parts[1], parts[2], parts[3]);
    }

    private string Placed(string text) => text.Replace("{F}", _folder.Path, StringComparison.Ordinal);

    private void Context(string config, string name, string host)
    {
        var file = _folder.File(
            $"{config}/contexts/meta/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}/meta.json");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        // A description may hold anything.
        const string meta =
            """{"Name":"NAME","Metadata":{"Description":"{Host}"},"Endpoints":{"docker":{"Host":"HOST","SkipTLSVerify":false}}}""";
        File.WriteAllText(file, meta.Replace("NAME", name, StringComparison.Ordinal).Replace("HOST", host, StringComparison.Ordinal));
    }

    private sealed record Situation(Dictionary<string, string> Variables, string? CurrentContext, string? Host, EngineOrigin Origin);

    private sealed record Answer(string Host, string Origin, string Reason, string Problem);
}
