using System.Collections.Concurrent;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Runtimes.Starting;

/// <summary>Finds in the logs of containers that a program there listens.</summary>
/// <param name="engine">Has the logs.</param>
/// <param name="idOfAsync">The engine's identifier of a container, by its name in the deployment, once it has been started.</param>
/// <param name="since">What was written before is of an earlier start; null: there was none.</param>
public sealed class ListeningSigns(
    IContainerEngine engine, Func<string, CancellationToken, Task<string>> idOfAsync, DateTimeOffset? since = null) : IAsyncDisposable
{
    // "Synapse now listening on TCP port 8101", "Synapse now listening on Unix Socket at: ..." (synapse/app/_base.py, listen_http);
    // "database system is ready to accept connections"; "Ready to accept connections tcp". nginx and HAProxy write nothing.
    private static readonly string[] Signs = ["Synapse now listening on", "database system is ready to accept connections", "Ready to accept connections"];

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, Lazy<Task>> _found = [];

    /// <summary>Ends when a program of a container has written that it listens. It is a sign that a look is worth while,
    /// not that the process is healthy: asking ten processes ten times a second while they start costs them a noticeable part of the
    /// processor that they start on.</summary>
    /// <param name="container">Its name in the deployment.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task ListeningAsync(string container, CancellationToken cancellationToken) =>
        _found.GetOrAdd(container, name => new Lazy<Task>(() => FindAsync(name))).Value.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var sign in _found.Values)
        {
            await sign.Value.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _end.Dispose();
    }

    private async Task FindAsync(string container)
    {
        var id = await idOfAsync(container, _end.Token);
        await foreach (var line in engine.LogsAsync(id, new LogRequest(Follow: true, Since: since), _end.Token))
        {
            if (Signs.Any(sign => line.Text.Contains(sign, StringComparison.Ordinal)))
            {
                return;
            }
        }
    }
}
