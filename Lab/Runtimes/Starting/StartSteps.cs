namespace SynapseLab.Runtimes.Starting;

/// <summary>Takes the steps of a start, one after the other, and undoes them in reverse where one fails.</summary>
/// <param name="report">Is told of a failure once there is something to undo.</param>
internal sealed class StartSteps(IStartReport report)
{
    /// <summary>Takes the steps. They may be made on the way: each is asked for when the one before it was taken.</summary>
    /// <param name="steps">What to do, in order.</param>
    /// <param name="keep">Asked where one fails: true, and everything stays as it is.</param>
    /// <param name="cancellationToken">Ends the step that is being taken; those taken are undone.</param>
    /// <exception cref="LabException">One failed, and <see cref="LabException.Left"/> of it could not be undone. Where all was undone,
    /// what the step threw.</exception>
    public async Task TakeAsync(IEnumerable<StartStep> steps, Func<Exception, bool> keep, CancellationToken cancellationToken)
    {
        var undoing = new Stack<Func<Task>>();
        try
        {
            foreach (var step in steps)
            {
                if (step.UndoAsync is { } undoAsync)
                {
                    undoing.Push(undoAsync);
                }

                await step.TakeAsync(cancellationToken);
            }
        }
        catch (Exception e) when (undoing.Count > 0)
        {
            var failure = Failure.Of(e);
            report.Failed(failure.Problems);
            if (keep(e))
            {
                throw;
            }

            report.Note("taking everything down again ...");
            var left = await UndoAsync(undoing);
            if (left.Count > 0)
            {
                throw new LabException(failure.ExitCode, [.. failure.Problems, .. left], e) { Left = left };
            }

            throw;
        }
    }

    // All of them, whichever fails: what is removed last finds by label what the runtime left.
    private static async Task<IReadOnlyList<Problem>> UndoAsync(Stack<Func<Task>> undoing)
    {
        var left = new List<Problem>();
        foreach (var undoAsync in undoing)
        {
            try
            {
                await undoAsync();
            }
            catch (Exception e)
            {
                left.AddRange(Failure.Of(e).Problems.Select(problem => problem with { What = $"while taking it down: {problem.What}" }));
            }
        }

        return left;
    }
}
