using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Usage;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Usage;

public sealed class ForkedProcessesTests : IDisposable
{
    private readonly TemporaryFolder _proc = new();

    public ForkedProcessesTests()
    {
        Process(100, 1, "101 102 109 ", cpu: 5);
        Process(101, 11, "", cpu: 70);
        Process(102, 12, "", cpu: 30);
        Process(109, 19, "", cpu: 90);
    }

    public void Dispose() => _proc.Dispose();

    [Fact]
    public void Each_is_known_by_its_number_in_the_container_in_whatever_order_they_were_started_and_inherited_orphans_are_nobody() =>
        Assert.Equal(
            [KeyValuePair.Create("main", 300_000_000L), KeyValuePair.Create("generic_worker1", 700_000_000L)],
            Find(("main", 12), ("generic_worker1", 11)).Read());

    [Fact]
    public void One_that_has_ended_is_left_out()
    {
        var forked = Find(("main", 11), ("generic_worker1", 12));

        Directory.Delete(_proc.File("101"), recursive: true);

        Assert.Equal(["generic_worker1"], forked.Read().Keys);
    }

    [Fact]
    public void One_that_is_not_on_this_machine_is_not_guessed() => Assert.Equal(["main"], Find(("main", 11), ("w1", 13)).Ids);

    private ForkedProcesses Find(params (string Id, int Number)[] processes) =>
        ForkedProcesses.Find(100, processes.ToDictionary(process => process.Id, process => process.Number), new ProcessTable(_proc.Path));

    private void Process(int pid, int number, string children, long cpu)
    {
        Directory.CreateDirectory(_proc.File($"{pid}/task/{pid}"));
        File.WriteAllText(_proc.File($"{pid}/status"), $"Name:\tpython3\nPid:\t{pid}\nNSpid:\t{pid}\t{number}\nThreads:\t1\n");
        File.WriteAllText(_proc.File($"{pid}/task/{pid}/children"), children);
        File.WriteAllText(
            _proc.File($"{pid}/stat"),
            $"{pid} (python3) S 1 {pid} {pid} 0 -1 4194560 24680 981 1 3 {cpu} 0 777 777 20 0 9 0 3456 2059200 24194\n");
    }
}
