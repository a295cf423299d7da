using SynapseLab.Runtimes.Engine;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Evidence;

/// <summary>
/// What the proxy logged since this was made: its container's log, followed. Lines come in the order in which the proxy finished
/// the requests. <see cref="MarkAsync"/> and <see cref="SinceAsync"/> are barriers: they send a request with an id of its own
/// through the proxy and wait for its line, so that nothing that was finished before is missed.
/// </summary>
public sealed class ProxyLog : IAsyncDisposable
{
    // A marker is a request that no Synapse process minds: an unknown path below a prefix that only the lab uses.
    private const string MarkerPath = "/_synapse-lab/marker";
    private static readonly TimeSpan MarkerDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LineDeadline = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _client;
    private readonly Waiter _waiter;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private readonly List<ProxyLogLine> _lines = [];
    private readonly Dictionary<string, TaskCompletionSource<LogMark>> _markers = [];
    private readonly Task _following;

    /// <summary>Follows the log from now on.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="container">The proxy's container.</param>
    /// <param name="client">Sends the markers; its base address is a client listener of the proxy.</param>
    /// <param name="time">The clock.</param>
    /// <param name="waiter">Waits for the proxy to be back after a restart.</param>
    public ProxyLog(IContainerEngine engine, string container, HttpClient client, TimeProvider time, Waiter waiter)
    {
        _client = client;
        _waiter = waiter;
        _following = new FollowedLog(engine, container, waiter).FollowAsync(
            time.GetUtcNow(), untilRemoved: true, line => Add(line.Text), _end.Token);
    }

    /// <summary>All lines up to now, as far as they have arrived.</summary>
    public IReadOnlyList<ProxyLogLine> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>A moment in the log: every request that was finished before the call lies before it.</summary>
    /// <exception cref="LabException">The proxy did not answer within 10 s (exit code 1).</exception>
    public async Task<LogMark> MarkAsync(CancellationToken cancellationToken)
    {
        var id = $"lab-marker-{Guid.NewGuid():n}";
        var written = new TaskCompletionSource<LogMark>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _markers[id] = written;
        }

        try
        {
            // Sent again until a line is there: right after the start of the following, the first lines may lie before its beginning.
            await _waiter.UntilAsync(
                MarkerDeadline,
                "the proxy's log shows the lab's own marker request",
                async token =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, MarkerPath);
                    request.Headers.Add("X-Request-ID", id);
                    using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                    await written.Task.WaitAsync(LineDeadline, token);
                    return Observation.Yes("seen");
                },
                cancellationToken);
            return await written.Task;
        }
        finally
        {
            lock (_gate)
            {
                _markers.Remove(id);
            }
        }
    }

    /// <summary>Every line after a moment, up to the requests that were finished before this call.
    /// Who began before the moment may be among them.</summary>
    /// <param name="mark">From <see cref="MarkAsync"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">The proxy did not answer within 10 s (exit code 1).</exception>
    public async Task<IReadOnlyList<ProxyLogLine>> SinceAsync(LogMark mark, CancellationToken cancellationToken)
    {
        var end = await MarkAsync(cancellationToken);
        lock (_gate)
        {
            return _lines[mark.Position..end.Position];
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        try
        {
            await _following;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        _end.Dispose();
    }

    private void Add(string text)
    {
        if (ProxyLogLine.TryParse(text) is not { } line)
        {
            return;
        }

        lock (_gate)
        {
            if (line.Path == MarkerPath)
            {
                if (_markers.TryGetValue(line.RequestId, out var marker))
                {
                    marker.TrySetResult(new LogMark(_lines.Count, line.Time));
                }
            }
            else
            {
                _lines.Add(line);
            }
        }
    }
}
