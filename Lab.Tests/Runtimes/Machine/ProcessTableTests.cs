using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Machine;

public sealed class ProcessTableTests
{
    private readonly ProcessTable _table = new();

    [Fact]
    public void The_process_that_listens_on_a_port_is_found()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        Assert.Equal(Environment.ProcessId, _table.ListenerOf(((IPEndPoint)listener.LocalEndpoint).Port)!.Pid);
    }

    [Fact]
    public void Nobody_listens_on_a_port_that_was_closed()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        Assert.Null(_table.ListenerOf(port));
    }

    [Fact]
    public void A_process_has_one_start_and_keeps_it()
    {
        var start = _table.StartOf(Environment.ProcessId);

        Assert.True(start > 0);
        Assert.Equal(start, _table.StartOf(Environment.ProcessId));
    }

    [Fact]
    public void A_process_that_is_not_there_has_no_start() => Assert.Null(_table.StartOf(int.MaxValue));

    [Fact]
    public void A_name_with_brackets_and_spaces_does_not_confuse_the_start()
    {
        using var proc = new TemporaryFolder();
        Directory.CreateDirectory(proc.File("42"));
        File.WriteAllText(proc.File("42/stat"), "42 (a (b) c) S 1 42 42 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 1 0 4711 1000 10\n");

        Assert.Equal(4711, new ProcessTable(proc.Path).StartOf(42));
    }

    [Fact]
    public async Task Children_are_in_the_order_in_which_they_were_made()
    {
        using var parent = Process.Start(
            new ProcessStartInfo("sh", ["-c", "sleep 60 & echo $!; sleep 60 & echo $!; wait"]) { RedirectStandardOutput = true })!;
        try
        {
            string?[] told = [await parent.StandardOutput.ReadLineAsync(), await parent.StandardOutput.ReadLineAsync()];

            Assert.Equal(told, _table.ChildrenOf(parent.Id).Select(child => $"{child}"));
        }
        finally
        {
            parent.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void A_process_that_is_not_there_has_no_children() => Assert.Empty(_table.ChildrenOf(int.MaxValue));

    [Fact]
    public void This_process_is_among_all() => Assert.Contains(_table.All(), process =>
        process.Pid == Environment.ProcessId && process.Command.Contains("dotnet", StringComparison.Ordinal));
}
