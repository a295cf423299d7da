using SynapseLab.LoadTests.Runs;
using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class EngineCpuTests : IDisposable
{
    private readonly TemporaryFolder _proc = new();

    public void Dispose() => _proc.Dispose();

    [Fact]
    public void The_engine_is_its_daemons_and_their_helpers_and_nobody_else()
    {
        Process(10, "dockerd", user: 5000, system: 1000);
        Process(11, "containerd-shim", user: 20, system: 10);
        Process(12, "python3", user: 900, system: 90);
        var engine = new EngineCpu(new ProcessTable(_proc.Path));
        engine.Begin();

        Process(10, "dockerd", user: 5150, system: 1050);
        Process(11, "containerd-shim", user: 25, system: 15);
        Process(12, "python3", user: 9900, system: 990);
        Process(13, "docker-proxy", user: 30, system: 10);

        Assert.Equal(2.5, engine.End());
    }

    [Fact]
    public void A_process_that_has_ended_counts_for_nothing()
    {
        Process(10, "dockerd", user: 100, system: 0);
        Process(11, "containerd-shim", user: 800, system: 0);
        var engine = new EngineCpu(new ProcessTable(_proc.Path));
        engine.Begin();

        Process(10, "dockerd", user: 150, system: 0);
        Directory.Delete(_proc.File("11"), recursive: true);

        Assert.Equal(0.5, engine.End());
    }

    [Fact]
    public void Where_no_engine_is_seen_nothing_is_claimed()
    {
        Process(12, "a (dockerd) b", user: 900, system: 90);
        var engine = new EngineCpu(new ProcessTable(_proc.Path));
        engine.Begin();

        Assert.Null(engine.End());
        Assert.Null(new EngineCpu(new ProcessTable(_proc.File("nothing here"))).End());
    }

    private void Process(int pid, string program, long user, long system)
    {
        Directory.CreateDirectory(_proc.File($"{pid}"));
        File.WriteAllText(
            _proc.File($"{pid}/stat"),
            $"{pid} ({program}) S 1 {pid} {pid} 0 -1 4194560 24680 981 1 3 {user} {system} 777 777 20 0 9 0 3456 2059200 24194\n");
    }
}
