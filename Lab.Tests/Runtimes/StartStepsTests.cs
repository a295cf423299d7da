using SynapseLab.Runtimes.Starting;
using Xunit;

namespace SynapseLab.Tests.Runtimes;

public sealed class StartStepsTests : IStartReport
{
    private readonly List<string> _said = [];

    [Fact]
    public async Task What_was_taken_is_undone_in_reverse_with_the_step_that_failed()
    {
        await Assert.ThrowsAsync<LabException>(() => TakeAsync(Step("folder"), Step("containers", LabException.Failed("no disk")), Step("never")));

        Assert.Equal(
            ["take folder", "take containers", "failed: no disk", "taking everything down again ...", "undo containers", "undo folder"],
            _said);
    }

    [Fact]
    public async Task What_cannot_be_undone_is_told_beside_the_failure_and_the_rest_is_undone_all_the_same()
    {
        var containers = Step("containers", LabException.WrongUse("no image")) with { UndoAsync = () => throw LabException.Failed("it is held") };

        var failure = await Assert.ThrowsAsync<LabException>(() => TakeAsync(Step("folder"), containers));

        Assert.Equal(ExitCodes.WrongUse, failure.ExitCode);
        Assert.Equal(["no image", "while taking it down: it is held"], failure.Problems.Select(problem => problem.What));
        Assert.Equal("while taking it down: it is held", Assert.Single(failure.Left).What);
        Assert.Equal("undo folder", _said[^1]);
    }

    [Fact]
    public async Task A_failure_before_there_is_anything_to_undo_is_only_thrown()
    {
        await Assert.ThrowsAsync<LabException>(() => TakeAsync(Step("engine", LabException.WrongUse("no engine")) with { UndoAsync = null }));

        Assert.Equal(["take engine"], _said);
    }

    [Fact]
    public async Task What_is_kept_is_not_undone()
    {
        await Assert.ThrowsAsync<LabException>(() => new StartSteps(this).TakeAsync([Step("containers", LabException.Failed("it died"))], _ => true, default));

        Assert.Equal(["take containers", "failed: it died"], _said);
    }

    void IStartReport.Note(string line) => _said.Add(line);

    void IStartReport.Healthy(string part, TimeSpan after)
    {
    }

    void IStartReport.Failed(IReadOnlyList<Problem> problems) => _said.Add($"failed: {string.Join(", ", problems.Select(problem => problem.What))}");

    private Task TakeAsync(params StartStep[] steps) => new StartSteps(this).TakeAsync(steps, _ => false, default);

    private StartStep Step(string name, Exception? failure = null) => new(
        _ =>
        {
            _said.Add($"take {name}");
            return failure is null ? Task.CompletedTask : Task.FromException(failure);
        },
        () =>
        {
            _said.Add($"undo {name}");
            return Task.CompletedTask;
        });
}
