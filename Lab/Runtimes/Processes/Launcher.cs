using System.Text.Json;
using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes.Processes;

/// <summary>
/// Asks and tells the launcher of a shared container (images/synapse/fork_launcher.py), by a program inside the container,
/// since its socket is there. Each question takes the engine a tenth of a second, so all who ask at the same time get one answer.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="containerId">The engine's identifier of the container; it has to run.</param>
internal sealed class Launcher(IContainerEngine engine, string containerId)
{
    private const int DoesNotAnswer = 3;

    private readonly Lock _gate = new();
    private Task<IReadOnlyDictionary<string, LaunchedProcess>?> _asked = Task.FromResult<IReadOnlyDictionary<string, LaunchedProcess>?>(null);
    private Task<IReadOnlyDictionary<string, LaunchedProcess>?>? _next;

    /// <summary>How its processes fare, by id in the lab; null: it has not started any yet.</summary>
    /// <exception cref="LabException">The launcher fails (exit code 1).</exception>
    public Task<IReadOnlyDictionary<string, LaunchedProcess>?> StatesAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // A question under way may have been answered before what the caller knows of; the one after it is for all who came meanwhile.
            _next ??= AfterAsync(_asked);
            return _next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The same, with what each has used.</summary>
    /// <exception cref="LabException">The launcher fails (exit code 1).</exception>
    public Task<IReadOnlyDictionary<string, LaunchedProcess>?> UsageAsync(CancellationToken cancellationToken) =>
        AskAsync(["usage"], cancellationToken);

    /// <summary>Does a verb to a process, and returns when it is done: the process has ended, was started, stands still.</summary>
    /// <exception cref="LabException">The launcher has not started any process yet, or can't do it (exit code 1).</exception>
    public async Task<LaunchedProcess> TellAsync(Verb verb, string processId, CancellationToken cancellationToken) =>
        (await AskAsync([verb.Word(), processId], cancellationToken))?[processId]
        ?? throw LabException.Failed($"{processId} has not been started yet: its container is still starting", fix: "Try again");

    /// <summary>Does a verb to all its processes at once, and returns when it is done to each.</summary>
    /// <exception cref="LabException">The launcher has not started any process yet, or can't do it (exit code 1).</exception>
    public async Task TellAllAsync(Verb verb, CancellationToken cancellationToken)
    {
        if (await AskAsync([verb.Word()], cancellationToken) is null)
        {
            throw LabException.Failed("a shared container is still starting", fix: "Try again");
        }
    }

    private async Task<IReadOnlyDictionary<string, LaunchedProcess>?> AfterAsync(Task before)
    {
        // Out of the lock of the caller.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            (_asked, _next) = (_next!, null);
        }

        return await AskAsync([], CancellationToken.None);
    }

    // {"processes": [{...}, ...]} or {"error": "there is no process x here, but main, generic_worker1"}
    private async Task<IReadOnlyDictionary<string, LaunchedProcess>?> AskAsync(
        IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        // -I -S: without what is installed on top of Python, it starts in half the time.
        var result = await engine.ExecAsync(
            containerId, ["python3", "-I", "-S", LabPaths.ProcessesScript, .. words], null, cancellationToken);
        if (result.ExitCode == DoesNotAnswer)
        {
            return null;
        }

        JsonElement reply;
        try
        {
            using var json = JsonDocument.Parse(result.Output);
            reply = json.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw LabException.Failed(
                $"the launcher of the shared container fails: {(result.Error.Length > 0 ? result.Error : result.Output).Trim()}",
                inner: e);
        }

        return result.ExitCode == 0
            ? reply.GetProperty("processes").EnumerateArray().Select(LaunchedProcess.Read).ToDictionary(process => process.Id)
            : throw LabException.Failed($"the launcher of the shared container says: {reply.Text("error")}");
    }
}
