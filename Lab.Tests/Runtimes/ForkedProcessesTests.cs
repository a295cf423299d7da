using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.Runtimes;

public sealed class ForkedProcessesTests : IDisposable
{
    private readonly TemporaryFolder _proc = new();

    public ForkedProcessesTests()
    {
        Process(100, "101 102 109 ", cpu: 5);
        Process(101, "", cpu: 70);
        Process(102, "", cpu: 30);
        Process(109, "", cpu: 90);
    }

    public void Dispose() => _proc.Dispose();

    [Fact]
    public void Each_is_counted_in_the_order_of_the_deployment_and_inherited_orphans_are_nobody()
    {
        Assert.Equal([KeyValuePair.Create("main", 700_000_000L), KeyValuePair.Create("generic_worker1", 300_000_000L)], Find("main", "generic_worker1").Read());
    }

    [Fact]
    public void One_that_has_ended_is_left_out()
    {
        var forked = Find("main", "generic_worker1");

        Directory.Delete(_proc.File("101"), recursive: true);

        Assert.Equal(["generic_worker1"], forked.Read().Keys);
    }

    [Fact]
    public void Where_fewer_have_been_forked_than_there_are_to_be_nobody_is_guessed() => Assert.Empty(Find("main", "w1", "w2", "w3").Ids);

    private ForkedProcesses Find(params string[] ids) => ForkedProcesses.Find(100, ids, new ProcessTable(_proc.Path));

    private void Process(int pid, string children, long cpu)
    {
        Directory.CreateDirectory(_proc.File($"{pid}/task/{pid}"));
        File.WriteAllText(_proc.File($"{pid}/task/{pid}/children"), children);
        File.WriteAllText(_proc.File($"{pid}/stat"), $"{pid} (python3) S 1 {pid} {pid} 0 -1 4194560 24680 981 1 3 {cpu} 0 777 777 20 0 9 0 3456 2059200 24194\n");
    }
}
