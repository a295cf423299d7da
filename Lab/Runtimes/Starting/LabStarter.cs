using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Starting;

/// <summary>
/// Starts labs: from a topology to everything healthy, on any runtime. Whatever ends a start, nothing is left behind,
/// unless the caller wants to look at it (<see cref="LabStartRequest.KeepFailed"/>),
/// and what a killed command left behind is cleaned up before the next start.
/// </summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">The engine.</param>
/// <param name="time">The clock.</param>
/// <param name="processes">Processes and ports of this machine.</param>
public sealed class LabStarter(LabRoot root, IContainerEngine engine, TimeProvider time, ProcessTable processes)
{
    private readonly StartTools _tools = new(root, engine, time, processes);

    /// <summary>Starts a lab, or finds it running already.</summary>
    /// <param name="request">What to start.</param>
    /// <param name="runtime">What to start it on.</param>
    /// <param name="report">Is told how it goes.</param>
    /// <param name="cancellationToken">Ends the start; what was started is removed.</param>
    /// <param name="livesWithStarter">See <see cref="LabState.LivesWithStarter"/>.</param>
    /// <returns>True: started now. False: the same lab was running already and nothing was changed.</returns>
    /// <exception cref="LabException">Exit code 2: no engine, ports taken, another lab of that name. Exit code 1:
    /// a container died or did not become healthy; all was removed again, but for what <see cref="LabException.Left"/> tells,
    /// or is kept.</exception>
    public async Task<bool> StartAsync(
        LabStartRequest request, ILabRuntime runtime, IStartReport report, CancellationToken cancellationToken, bool livesWithStarter = false)
    {
        using var start = new LabStart(_tools, request, report);
        await new StartSteps(report).TakeAsync(start.All(runtime, livesWithStarter), IsKept, cancellationToken);
        return start.Lab is not null;

        bool IsKept(Exception e)
        {
            if (!request.KeepFailed || start.Lab is not { } lab || e is OperationCanceledException)
            {
                return false;
            }

            Keep(lab, e);
            return true;
        }
    }

    /// <summary>The first half of a start, before any container: the engine, what is there of that name, images, ports,
    /// and the lab's folder with all files and secrets.</summary>
    /// <param name="request">What to start.</param>
    /// <param name="runtime">What will start it, see <see cref="LabState.Runtime"/>.</param>
    /// <param name="livesWithStarter">See <see cref="LabState.LivesWithStarter"/>.</param>
    /// <param name="report">Is told how it goes.</param>
    /// <param name="cancellationToken">Ends it; nothing is left.</param>
    /// <returns>Ready to be run; null: the same lab is running already and nothing was changed.</returns>
    /// <exception cref="LabException">Exit code 2: no engine, ports taken, another lab of that name. Exit code 1:
    /// a lab of that name of which not all runs.</exception>
    public async Task<PreparedLab?> PrepareAsync(
        LabStartRequest request, string runtime, bool livesWithStarter, IStartReport report, CancellationToken cancellationToken)
    {
        using var start = new LabStart(_tools, request, report);
        await new StartSteps(report).TakeAsync(start.Preparation(runtime, livesWithStarter), keep: _ => false, cancellationToken);
        return start.HandOver();
    }

    /// <summary>The second half: until everything is healthy, or the first container has died.
    /// The lab's folder says then that it runs.</summary>
    /// <param name="lab">From <see cref="PrepareAsync"/>.</param>
    /// <param name="startAsync">Has the containers started; it may return before they are.</param>
    /// <param name="report">Is told how it goes.</param>
    /// <param name="cancellationToken">Ends it; what was started stays.</param>
    /// <exception cref="LabException">A container died or did not become healthy (exit code 1), or could not be started.</exception>
    public Task RunAsync(
        PreparedLab lab, Func<CancellationToken, Task> startAsync, IStartReport report, CancellationToken cancellationToken) =>
        new LabRise(_tools, lab, report).RunAsync(startAsync, cancellationToken);

    /// <summary>After a failure where the lab is to be looked at: its folder says from then on that it did not start, and why.
    /// Everything stays as it is.</summary>
    /// <param name="lab">From <see cref="PrepareAsync"/>.</param>
    /// <param name="cause">What failed.</param>
    public static void Keep(PreparedLab lab, Exception cause) =>
        (lab.State with { Phase = LabPhase.Failed, Failure = [.. Failure.Of(cause).Problems.Select(problem => problem.ToString())] }).Save(lab.Folder);

    /// <summary>Removes a lab with everything that belongs to it.</summary>
    /// <returns>Whether there was anything to remove.</returns>
    public Task<bool> StopAsync(string labName, CancellationToken cancellationToken) =>
        _tools.Cleaner.RemoveAsync(labName, _tools.Root.Lab(labName), cancellationToken);

    /// <summary>Names of all labs of this checkout that run or of which something is left, in order.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var containers = await _tools.Engine.ListAsync(LabLabels.Name, cancellationToken);
        // Other checkouts on this machine have labs of their own.
        return [.. _tools.Root.LabNames.Concat(_tools.Root.LabsAmong(containers)).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Folders of labs of that name that other checkouts have on this machine.</summary>
    public async Task<IReadOnlyList<string>> OthersAsync(string labName, CancellationToken cancellationToken)
    {
        var containers = await _tools.Engine.ListAsync($"{LabLabels.Name}={labName}", cancellationToken);
        var folders = containers.Select(container => LabLabels.FolderOf(container.Labels)).OfType<string>();
        return [.. folders.Where(folder => folder != _tools.Root.Lab(labName).Path).Distinct()];
    }
}
