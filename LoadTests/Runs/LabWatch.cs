using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.LoadTests.Runs;

/// <summary>What the lab's parts use, do and suffer during a load: who dies, the processes' own accounts, the containers' usage.</summary>
internal sealed class LabWatch : IAsyncDisposable
{
    private readonly RunningLab _lab;
    private readonly DeathWatch _deaths;
    private readonly ProcessAccounts _accounts;
    private readonly CancellationTokenSource _broke;
    private readonly CancellationTokenSource _measuring = new();
    private readonly CancellationTokenSource _watching = new();
    private Task _sampling = Task.CompletedTask;

    /// <summary>Watches nothing yet.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="processes">The processes of this machine.</param>
    /// <param name="stop">Ctrl-C.</param>
    public LabWatch(RunningLab lab, RunClock clock, ProcessTable processes, CancellationToken stop)
    {
        (_lab, _deaths, _accounts, Usage) = (lab, new DeathWatch(lab), new ProcessAccounts(lab), new UsageSampler(lab, clock, processes));
        _broke = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    /// <summary>What the containers use.</summary>
    public UsageSampler Usage { get; }

    /// <summary>Ctrl-C, or a part of the lab died.</summary>
    public CancellationToken Stop => _broke.Token;

    /// <summary>Ends when a part of the lab dies, with what happened; null: none did.</summary>
    public Task<string?> Death { get; private set; } = Task.FromResult<string?>(null);

    /// <summary>Why the engine or the kernel could not be read; null: it could.</summary>
    public string? Unread { get; private set; }

    /// <summary>The readings before the load.</summary>
    /// <exception cref="LabException">A part of the lab does not run (exit code 1).</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _deaths.OpenAsync(cancellationToken);
        await _accounts.OpenAsync(cancellationToken);
        await Usage.OpenAsync(cancellationToken);

        // From now on, also what happens before the engine answers the request for events.
        Death = WatchAsync(_lab.Time.GetUtcNow());
    }

    /// <summary>The load begins.</summary>
    /// <param name="duration">How long it is to last.</param>
    public void BeginLoad(TimeSpan duration) => _sampling = Usage.RunAsync(duration, _measuring.Token);

    /// <summary>The readings at the end of the load, at once: what the wait for the last deliveries costs is none of it.</summary>
    public async Task EndLoadAsync(CancellationToken cancellationToken)
    {
        await _measuring.CancelAsync();
        var metrics = _accounts.EndLoadAsync(cancellationToken);
        await TryReadAsync(() => _sampling);
        await TryReadAsync(() => Usage.ReadAsync(cancellationToken));
        await metrics;
    }

    /// <summary>The readings after the last messages.</summary>
    /// <param name="loadSeconds">How long the load lasted.</param>
    public async Task<LabSeen> CloseAsync(double loadSeconds)
    {
        var (did, restarted, gaps) = await _accounts.CloseAsync(loadSeconds, patient: !Death.IsCompleted, CancellationToken.None);
        IReadOnlyList<string> dead = [];
        await TryReadAsync(async () => dead = await _deaths.DeadAsync(CancellationToken.None));
        await _watching.CancelAsync();

        // What was told as it happened is the better story; the rest is what the engine and the kernel say at the end.
        var again = restarted.Select(id => $"{id} was started again");
        IReadOnlyList<string> deaths = await Death is { } died ? [died] : [.. dead, .. again.Except(dead)];
        return new LabSeen(deaths, did, [.. gaps, .. Usage.Gaps()]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _measuring.CancelAsync();
        await _watching.CancelAsync();
        await _sampling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Death;
        _measuring.Dispose();
        _watching.Dispose();
        _broke.Dispose();
    }

    private async Task<string?> WatchAsync(DateTimeOffset since)
    {
        var told = _deaths.WatchAsync(since, _watching.Token);
        await Task.WhenAny((Task)told, Usage.Death);
        var died = told.IsCompleted ? await told : await Usage.Death;
        if (died is not null)
        {
            await _broke.CancelAsync();
        }

        return died;
    }

    // An engine that does not answer any more must not cost what was measured without it.
    private async Task TryReadAsync(Func<Task> readAsync)
    {
        try
        {
            await readAsync();
        }
        catch (Exception e) when (e is IOException or HttpRequestException or EngineException or LabException)
        {
            Unread = e.Message;
        }
    }
}

/// <summary>What became of the lab's parts.</summary>
/// <param name="Deaths">Who died or was started again, a sentence each.</param>
/// <param name="Processes">What each Synapse process used and did.</param>
/// <param name="Gaps">What could not be read, a sentence each.</param>
internal sealed record LabSeen(IReadOnlyList<string> Deaths, IReadOnlyList<ProcessResult> Processes, IReadOnlyList<string> Gaps);
