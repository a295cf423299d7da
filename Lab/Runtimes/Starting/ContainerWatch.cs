using System.Collections.Concurrent;
using System.Globalization;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;

namespace SynapseLab.Runtimes.Starting;

/// <summary>Hears from the engine which containers of a lab start and end, without asking again and again.</summary>
public sealed class ContainerWatch : IAsyncDisposable
{
    private const int LastLines = 20;
    private const string Silent = "the container engine stopped telling what happens to the lab's containers";

    private readonly IContainerEngine _engine;
    private readonly Deployment _deployment;
    private readonly ConcurrentDictionary<string, bool> _outOfMemory = [];
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _started = [];
    private readonly TaskCompletionSource<Problem> _death = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _launched = [];
    private readonly Task _listening;

    /// <summary>Listens from a moment on; events between that moment and the connection are not lost.</summary>
    public ContainerWatch(IContainerEngine engine, Deployment deployment, DateTimeOffset since)
    {
        _engine = engine;
        _deployment = deployment;
        Signs = new ListeningSigns(engine, IdOfAsync);
        _listening = ListenAsync(since);
    }

    /// <summary>Ends when the first container has died, or the first process of a shared one: which, with what exit code,
    /// and its own last lines.</summary>
    public Task<Problem> Death => _death.Task;

    /// <summary>The engine's identifier of a container, once it has been started.</summary>
    /// <param name="container">Its name in the deployment.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<string> IdOfAsync(string container, CancellationToken cancellationToken) =>
        Started(container).Task.WaitAsync(cancellationToken);

    /// <summary>Which of them have written that they listen.</summary>
    public ListeningSigns Signs { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _listening;
        await Task.WhenAll(_launched);
        await Signs.DisposeAsync();
        _end.Dispose();
    }

    private async Task ListenAsync(DateTimeOffset since)
    {
        try
        {
            await foreach (var happened in _engine.EventsAsync($"{LabLabels.Name}={_deployment.LabName}", since, _end.Token))
            {
                if (!happened.Labels.TryGetValue(LabLabels.Container, out var name))
                {
                    continue;
                }

                if (happened.Action == "start")
                {
                    Started(name).TrySetResult(happened.ContainerId);
                    if (happened.Labels.GetValueOrDefault(LabLabels.Kind) == nameof(ContainerKind.Homeserver))
                    {
                        _launched.Add(FollowLauncherAsync(name, happened.ContainerId));
                    }
                }
                else if (happened.Action == "oom")
                {
                    _outOfMemory[name] = true;
                }
                else if (happened.Action == "die" && !_death.Task.IsCompleted)
                {
                    _death.TrySetResult(await DescribeAsync(name, happened));
                }
            }

            // It has no end of its own: an engine that shuts down ends it like any reply.
            _death.TrySetResult(new Problem(Silent, Fix: "See ./lab doctor"));
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            _death.TrySetResult(new Problem($"{Silent}: {e.Message.TrimEnd('.')}", Fix: "See ./lab doctor"));
        }
        catch (Exception e)
        {
            _death.TrySetException(e);
        }
    }

    // The engine knows nothing of a process that ends in a shared container while others live; the launcher there says it.
    private async Task FollowLauncherAsync(string container, string containerId)
    {
        try
        {
            await foreach (var line in _engine.LogsAsync(containerId, new LogRequest(Follow: true), _end.Token))
            {
                if (LauncherLine.TryParse(line.Text) is { ExitCode: not null } happened)
                {
                    var end = happened.Cause == LauncherLine.LackOfMemory
                        ? $"{(happened with { Cause = "" }).End}: {LackOfMemory(container)}"
                        : happened.End;
                    _death.TrySetResult(
                        new Problem($"process {end}; its last lines:\n{Indented(await LastLinesOfAsync(containerId, happened.Process))}"));
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
        catch (Exception e) when (e is IOException or HttpRequestException or EngineException or LabException)
        {
            // The container went away, or the engine did: its events tell.
        }
    }

    // Read anew: before the end nobody knows whose lines will be asked for.
    private async Task<IEnumerable<string>> LastLinesOfAsync(string containerId, string process)
    {
        var lines = new LaunchedLines(process);
        var own = new List<string>();
        await foreach (var line in _engine.LogsAsync(containerId, new LogRequest(), _end.Token))
        {
            if (lines.Includes(line.Text) && LauncherLine.TryParse(line.Text) is null)
            {
                own.Add(line.Text);
            }
        }

        return own.TakeLast(LastLines);
    }

    private static string Indented(IEnumerable<string> lines) => string.Concat(lines.Select(line => $"    {line}\n")).TrimEnd('\n');

    private async Task<Problem> DescribeAsync(string name, EngineEvent death)
    {
        var lines = new List<string>();
        try
        {
            await foreach (var line in _engine.LogsAsync(death.ContainerId, new LogRequest(Tail: LastLines), _end.Token))
            {
                lines.Add(line.Text);
            }
        }
        catch (EngineException)
        {
            lines.Add("(its log is gone with it)");
        }

        // The engine announces an end a moment before it has noted its cause.
        var outOfMemory = _outOfMemory.ContainsKey(name)
            || await _engine.InspectAsync(death.ContainerId, _end.Token) is { OutOfMemory: true };
        var cause = outOfMemory ? $": {LackOfMemory(name)}" : "";
        var code = death.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "?";
        return new Problem($"container {name} ended with exit code {code}{cause}; its last lines:\n{Indented(lines)}");
    }

    private string LackOfMemory(string container) => new PartState(PartRun.Ended)
    {
        Memory = MemoryLimit.Of(_deployment, _deployment.Containers.Single(one => one.Name == container), _deployment.Topology.Text),
    }.LackOfMemory;

    private TaskCompletionSource<string> Started(string container) =>
        _started.GetOrAdd(container, _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
}
