using System.Net;
using System.Net.Sockets;
using SynapseLab.Tests.Cli;
using Xunit;

namespace SynapseLab.Tests.RealLab.Accidents;

/// <summary>Starts that cannot be: each is told, and starts nothing.</summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class RefusedStartTests : StartAccident
{
    [Fact]
    public async Task A_topology_with_a_mistake_is_told_with_file_and_line_and_starts_nothing()
    {
        var file = Topology("wrong.yaml", "homeservers:\n  hs1.test:\n    main: {}\n    worker: {}\n");

        var (exitCode, _, error) = await LabProgram.RunAsync("up", file, "--name", One);

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.StartsWith($"lab: {file}:4: ", error, StringComparison.Ordinal);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task Without_an_engine_that_answers_the_message_says_so_and_nothing_is_started()
    {
        var environment = new Dictionary<string, string>
        {
            ["DOCKER_HOST"] = $"unix://{Temporary.File("no.sock")}",
            ["LAB_INSTALL"] = "no",
        };

        var (exitCode, output, error) = await LabProgram.RunAsync(environment, "up", "monolith", "--name", One);

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Contains("no container engine answers", output + error, StringComparison.Ordinal);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_port_that_somebody_has_is_named_with_the_process_that_has_it()
    {
        using var somebody = new TcpListener(IPAddress.Loopback, 0);
        somebody.Start();
        var port = ((IPEndPoint)somebody.LocalEndpoint).Port;

        var (exitCode, _, error) = await LabProgram.RunAsync("up", "monolith", "--name", One, "--ports", $"{port - 8008}");

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Contains($"127.0.0.1:{port}: the port is taken by process {Environment.ProcessId}", error, StringComparison.Ordinal);
        await NothingIsLeftAsync(One);
    }

    [SmallDiskTheory]
    // The first file, one in the middle whose room .NET asks for before it writes, the certificates.
    [InlineData("16k")]
    [InlineData("32k")]
    [InlineData("64k")]
    public async Task A_disk_that_fills_up_while_the_lab_s_folder_is_written_is_told_once_with_what_to_do_and_nothing_of_the_lab_is_left(string size)
    {
        var (exitCode, output, error, files) = await SmallDisk.RunAsync(size, "up", "monolith", "--name", One, "--detach");

        Assert.True(exitCode == ExitCodes.WrongUse, $"exit code {exitCode}: {output}{error}");
        Assert.Matches(
            @"^lab: (No space left on device|.* because the disk was full).* "
                + @"Free space in /.* \(df -h shows how much there is; \./lab down removes what labs need\)\n"
                + $@"lab: lab {One} did not start; everything of it was removed again\n$",
            error);
        Assert.Empty(files);
        await NothingIsLeftAsync(One);
    }
}
