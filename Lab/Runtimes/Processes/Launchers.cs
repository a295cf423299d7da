using System.Net;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Runtimes.Processes;

/// <summary>The launchers of a lab's shared containers.</summary>
/// <param name="engine">The engine.</param>
/// <param name="containerId">The engine's identifier of a container, by its name in the deployment.</param>
internal sealed class Launchers(IContainerEngine engine, Func<string, string> containerId)
{
    private readonly Dictionary<string, Launcher> _known = [];
    private readonly Lock _gate = new();

    /// <summary>That of a container: always the same one, so that those who ask at the same time share the answer.</summary>
    public Launcher Of(string container)
    {
        var id = containerId(container);
        lock (_gate)
        {
            return _known.TryGetValue(id, out var known) ? known : _known[id] = new Launcher(engine, id);
        }
    }

    /// <summary>The processes of a container; none where it does not run, is frozen, or has not started any yet.</summary>
    public Task<IReadOnlyCollection<LaunchedProcess>> StatesAsync(string container, CancellationToken cancellationToken) =>
        AskAsync(container, launcher => launcher.StatesAsync(cancellationToken), cancellationToken);

    /// <summary>The same, with what each has used.</summary>
    public Task<IReadOnlyCollection<LaunchedProcess>> UsageAsync(string container, CancellationToken cancellationToken) =>
        AskAsync(container, launcher => launcher.UsageAsync(cancellationToken), cancellationToken);

    private async Task<IReadOnlyCollection<LaunchedProcess>> AskAsync(
        string container, Func<Launcher, Task<IReadOnlyDictionary<string, LaunchedProcess>?>> askAsync, CancellationToken cancellationToken)
    {
        try
        {
            return await askAsync(Of(container)) is { } processes ? [.. processes.Values] : [];
        }
        catch (EngineException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Nothing can be asked inside a container that is gone, does not run or is frozen.
            return [];
        }
    }
}
