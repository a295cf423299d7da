using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Operations;

public sealed class FaultMemoryTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 3, 41, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    private FaultMemory Memory => new(new LabFolder(_folder.Path), new Waiter(TimeProvider.System, TimeSpan.FromMilliseconds(1)));

    [Fact]
    public void Nothing_is_remembered_of_a_lab_to_which_nothing_was_done() => Assert.Empty(Memory.Load());

    [Fact]
    public async Task Another_command_finds_what_one_has_noted()
    {
        var fault = new ImposedFault("redis", FaultKind.CutOff, Noon, "./lab partition redis");

        await Memory.RememberAsync([fault], None);

        Assert.Equal([fault], Memory.Load());
    }

    [Fact]
    public async Task Of_a_part_that_was_paused_twice_the_later_time_is_kept()
    {
        await Memory.RememberAsync([new ImposedFault("main", FaultKind.Paused, Noon, "./lab pause main")], None);
        await Memory.RememberAsync([new ImposedFault("main", FaultKind.Paused, Noon.AddHours(1), "./lab pause main")], None);

        Assert.Equal(Noon.AddHours(1), Assert.Single(Memory.Load()).Since);
    }

    [Fact]
    public async Task Only_the_kinds_and_the_part_that_are_named_are_forgotten()
    {
        foreach (var (part, kind) in new[] { ("main", FaultKind.Paused), ("main", FaultKind.CutOff), ("redis", FaultKind.Paused) })
        {
            await Memory.RememberAsync([new ImposedFault(part, kind, Noon, "a test")], None);
        }

        await Memory.ForgetAsync(["main"], [FaultKind.Paused, FaultKind.Stopped], None);

        Assert.Equal([("main", FaultKind.CutOff), ("redis", FaultKind.Paused)], Memory.Load().Select(fault => (fault.Part, fault.Kind)));
    }

    [Fact]
    public async Task Commands_at_the_same_time_lose_nothing_of_each_other()
    {
        var parts = Enumerable.Range(0, 20).Select(i => $"generic_worker{i}").ToArray();

        await Task.WhenAll(
            parts.Select(part => Task.Run(() => Memory.RememberAsync([new ImposedFault(part, FaultKind.Stopped, Noon, "a test")], None))));

        Assert.Equal(parts.Order(), Memory.Load().Select(fault => fault.Part).Order());
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_as_none_and_is_written_anew()
    {
        File.WriteAllText(_folder.File(FaultMemory.FileName), "[{");
        Assert.Empty(Memory.Load());

        await Memory.RememberAsync([new ImposedFault("redis", FaultKind.Stopped, Noon, "a test")], None);

        Assert.Single(Memory.Load());
    }

    public void Dispose() => _folder.Dispose();
}
