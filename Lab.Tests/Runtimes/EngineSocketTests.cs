using System.Net.Sockets;
using SynapseLab.Runtimes.Engine;
using Xunit;

namespace SynapseLab.Tests.Runtimes;

public sealed class EngineSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Without_a_socket_the_message_says_that_the_engine_is_missing_or_stopped_and_how_to_mend_it()
    {
        var problem = await ProblemAsync(_folder.File("docker.sock"));

        Assert.Matches("no container engine on this machine|installed but not running", problem.ToString());
        Assert.Contains("eng/setup", problem.Fix, StringComparison.Ordinal);
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
        var problem = await ProblemAsync(path);

        Assert.Contains("not running", problem.What, StringComparison.Ordinal);
        Assert.Contains("systemctl start docker", problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void DOCKER_HOST_names_another_socket() =>
        Assert.Equal("/run/user/1000/docker.sock", EngineSocket.FromEnvironment("unix:///run/user/1000/docker.sock").Path);

    [Fact]
    public void Without_DOCKER_HOST_it_is_the_usual_socket() => Assert.Equal("/var/run/docker.sock", EngineSocket.FromEnvironment(null).Path);

    [Fact]
    public void An_engine_on_another_machine_is_refused_because_labs_are_on_loopback()
    {
        var problem = Assert.Throws<LabException>(() => EngineSocket.FromEnvironment("tcp://192.0.2.1:2375"));

        Assert.Equal(ExitCodes.WrongUse, problem.ExitCode);
        Assert.Contains("tcp://192.0.2.1:2375", problem.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<Problem> ProblemAsync(string path)
    {
        using var engine = new SocketEngine(new EngineSocket(path));
        var problem = await Assert.ThrowsAsync<LabException>(() => engine.InfoAsync(CancellationToken.None));
        Assert.Equal(ExitCodes.WrongUse, problem.ExitCode);
        return Assert.Single(problem.Problems);
    }
}
