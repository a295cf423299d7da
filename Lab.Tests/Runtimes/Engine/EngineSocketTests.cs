using System.Net.Sockets;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Engine;

public sealed class EngineSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Without_a_socket_and_without_a_process_the_engine_is_missing_or_stopped_and_set_up_can_mend_it()
    {
        var problem = await ProblemAsync(Socket("docker.sock"));

        Assert.Matches("no container engine on this machine|installed but not running", problem.ToString());
        Assert.Contains("./lab setup", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_runs_with_another_socket_is_not_told_as_one_that_does_not_run()
    {
        Running("dockerd", user: 0);

        var problem = await ProblemAsync(Socket("docker.sock"));

        Assert.Equal("no container engine answers here, though one runs as process 77", problem.What);
        Assert.Equal($"unix://{_folder.File("docker.sock")} ({EngineSocket.NothingElse})", problem.Where);
        Assert.StartsWith("Set DOCKER_HOST to its socket", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_user_s_engine_is_none_for_this_one()
    {
        Running("dockerd", user: UnixUser.Current().Uid + 4000);

        Assert.Matches("no container engine on this machine|installed but not running", (await ProblemAsync(Socket("docker.sock"))).What);
    }

    [Fact]
    public async Task A_socket_that_nobody_serves_means_that_the_engine_is_not_running()
    {
        var path = _folder.File("docker.sock");
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(path));
        }

        // .NET removes the file when the socket is closed; an engine that was killed leaves it.
        File.WriteAllText(path, "");
        var problem = await ProblemAsync(Socket("docker.sock"));

        Assert.Contains("not running", problem.What, StringComparison.Ordinal);
        Assert.Contains("systemctl start docker", problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EngineOrigin.DockerHost, "unset DOCKER_HOST")]
    [InlineData(EngineOrigin.ContextVariable, "unset DOCKER_CONTEXT")]
    [InlineData(EngineOrigin.CurrentContext, "docker context use default")]
    [InlineData(EngineOrigin.Rootless, "DOCKER_HOST=unix:///var/run/docker.sock")]
    public async Task An_engine_that_was_chosen_and_does_not_answer_is_told_with_who_chose_it_and_how_to_have_another(EngineOrigin origin, string fix)
    {
        var problem = await ProblemAsync(Socket("docker.sock") with { Origin = origin, Reason = "chosen" });

        Assert.Equal($"unix://{_folder.File("docker.sock")} (chosen): no container engine answers", problem.ToString().Split(". ")[0]);
        Assert.Contains(fix, problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_whose_path_is_too_long_for_Docker_DotNet_is_told_as_that()
    {
        var problem = await ProblemAsync(
            Socket($"{new string('x', 91)}.sock") with { Origin = EngineOrigin.DockerHost, Reason = "DOCKER_HOST" });

        Assert.Equal("the path of the container engine's socket is longer than 91 bytes", problem.What);
        Assert.EndsWith("x.sock (DOCKER_HOST)", problem.Where, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    // A /proc of the test's own.
    private EngineSocket Socket(string name) => new(_folder.File(name)) { Processes = new ProcessTable(_folder.File("proc")) };

    private void Running(string program, int user)
    {
        Directory.CreateDirectory(_folder.File("proc/77"));
        File.WriteAllText(
            _folder.File("proc/77/stat"),
            $"77 ({program}) S 1 77 77 0 -1 4194560 24680 981 1 3 5213 1301 13 9 20 0 9 0 3456 0\n");
        File.WriteAllText(_folder.File("proc/77/status"), $"Name:\t{program}\nUid:\t{user}\t{user}\t{user}\t{user}\n");
    }

    private static async Task<Problem> ProblemAsync(EngineSocket socket)
    {
        using var engine = new DockerEngine(socket);
        var problem = await Assert.ThrowsAsync<LabException>(() => engine.InfoAsync(CancellationToken.None));
        Assert.Equal(ExitCodes.WrongUse, problem.ExitCode);
        return Assert.Single(problem.Problems);
    }
}
