using System.Net.Sockets;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class LabProgramTests
{
    [Fact]
    public async Task A_program_that_hangs_is_ended_and_what_it_wrote_is_told()
    {
        using var folder = new TemporaryFolder();
        // An engine that takes the connection and never answers.
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        engine.Bind(new UnixDomainSocketEndPoint(folder.File("engine.sock")));
        engine.Listen();

        var error = await Assert.ThrowsAsync<TimeoutException>(() => LabProgram.RunAsync(
            TimeSpan.FromSeconds(
                2), new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{folder.File("engine.sock")}" }, "status"));

        Assert.StartsWith("./lab status did not end within 00:00:02. It wrote:", error.Message, StringComparison.Ordinal);
    }
}
