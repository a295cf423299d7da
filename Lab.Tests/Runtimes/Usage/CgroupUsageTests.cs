using Microsoft.Extensions.Time.Testing;
using SynapseLab.Runtimes.Usage;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Usage;

public sealed class CgroupUsageTests : IDisposable
{
    private const string Id = "ccb96dde1f80c0962f1a02f3da5facb3e092b44c902ba87d9619c281ae8f5ec7";
    private const string Unified = $"/system.slice/docker-{Id}.scope";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Version_1_has_CPU_and_memory_in_hierarchies_of_their_own()
    {
        Write("proc/7/cgroup", $"5:memory:/docker/{Id}\n2:cpu,cpuacct:/docker/{Id}\n0::/docker/{Id}\n");
        Write($"cgroup/cpu,cpuacct/docker/{Id}/cpuacct.usage", "1234567890\n");
        Write($"cgroup/memory/docker/{Id}/memory.usage_in_bytes", "5000\n");
        Write($"cgroup/memory/docker/{Id}/memory.stat", "inactive_file 9\ntotal_inactive_file 1200\n");

        var usage = Find()!.Read()!;

        Assert.Equal((1234567890, 3800), (usage.CpuNanoseconds, usage.ResidentBytes));
    }

    [Fact]
    public void Version_2_has_both_in_one_folder()
    {
        WriteUnified(cpu: 41267, memory: 5000, inactive: 1200);

        var usage = Find()!.Read()!;

        Assert.Equal((41267000, 3800), (usage.CpuNanoseconds, usage.ResidentBytes));
    }

    [Fact]
    public void Two_readings_tell_the_cores_in_use_between_them()
    {
        var time = new FakeTimeProvider();
        WriteUnified(cpu: 1_000_000, memory: 5000, inactive: 0);
        var account = Find(time)!;
        var before = account.Read()!;

        time.Advance(TimeSpan.FromSeconds(2));
        WriteUnified(cpu: 4_000_000, memory: 5000, inactive: 0);

        Assert.Equal(1.5, account.Read()!.CoresSince(before));
    }

    [Fact]
    public void A_container_that_has_ended_has_no_usage()
    {
        WriteUnified(cpu: 41267, memory: 5000, inactive: 1200);
        var account = Find()!;

        Directory.Delete(_folder.File($"cgroup{Unified}"), recursive: true);

        Assert.Null(account.Read());
    }

    [Fact]
    public void A_process_of_the_same_number_that_is_not_the_container_s_has_no_account_of_it()
    {
        Write("proc/7/cgroup", "0::/user.slice\n");
        Write("cgroup/user.slice/cpu.stat", "usage_usec 1\n");

        Assert.Null(Find());
    }

    [Fact]
    public void Where_accounts_are_mounted_elsewhere_there_is_none()
    {
        Write("proc/7/cgroup", $"0::{Unified}\n");

        Assert.Null(Find());
    }

    [Fact]
    public void Where_there_is_no_such_process_there_is_none() => Assert.Null(Find());

    private CgroupUsage? Find(TimeProvider? time = null) =>
        CgroupUsage.Find(7, Id, time ?? TimeProvider.System, _folder.File("proc"), _folder.File("cgroup"));

    private void WriteUnified(long cpu, long memory, long inactive)
    {
        Write("proc/7/cgroup", $"0::{Unified}\n");
        Write($"cgroup{Unified}/cpu.stat", $"usage_usec {cpu}\nuser_usec 1\n");
        Write($"cgroup{Unified}/memory.current", $"{memory}\n");
        Write($"cgroup{Unified}/memory.stat", $"anon 1\ninactive_file {inactive}\n");
    }

    private void Write(string file, string text)
    {
        var path = _folder.File(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
