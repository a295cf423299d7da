using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Machine;

public sealed class FileLockTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly Waiter _waiter = new(TimeProvider.System, TimeSpan.FromMilliseconds(1));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_next_has_its_turn_when_the_one_before_gives_it_up()
    {
        var first = await TakeAsync("x/turn.lock", Long);
        var second = TakeAsync("x/turn.lock", Long);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public async Task A_turn_that_is_never_given_up_is_told_after_the_deadline()
    {
        using var first = await TakeAsync("turn.lock", Long);

        var vain = await Assert.ThrowsAsync<LabException>(() => TakeAsync("turn.lock", TimeSpan.FromMilliseconds(50)));

        Assert.Equal(ExitCodes.Failed, vain.ExitCode);
        Assert.Contains("in vain for: the other is done", vain.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_told_at_once_with_what_to_do_and_not_taken_for_somebody_else_s_turn()
    {
        // The system refuses a folder in the file's place as it refuses somebody else's file, to root too.
        Directory.CreateDirectory(_folder.File("turn.lock"));

        var refused = await Assert.ThrowsAsync<LabException>(() => TakeAsync("turn.lock", Long));

        Assert.Equal(ExitCodes.WrongUse, refused.ExitCode);
        Assert.Equal(
            $"Access to the path '{_folder.File("turn.lock")}' is denied. "
                + $"Give the folder to your user: sudo chown -R \"$(id -un)\" {_folder.Path}",
            refused.Message);
    }

    private Task<FileLock> TakeAsync(string name, TimeSpan deadline) =>
        FileLock.TakeAsync(_folder.File(name), "the other is done", deadline, _waiter, CancellationToken.None);
}
