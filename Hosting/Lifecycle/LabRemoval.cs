using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Starting;

namespace SynapseLab.Hosting.Lifecycle;

/// <summary>
/// Takes down what an application has of a lab: its containers before Aspire's own stop, which gives one after the other a time of grace
/// (there is nothing in a lab that has to be saved), and the rest after it. Two who stop an application at once,
/// a program and the test that it runs in, wait for the one removal, in both steps.
/// </summary>
/// <param name="cleanerOf">Removes; not before it is needed.</param>
/// <param name="engineOf">The engine; likewise.</param>
internal sealed class LabRemoval(Func<LabCleaner> cleanerOf, Func<IContainerEngine> engineOf)
{
    private readonly Lock _gate = new();

    // Aspire's orchestrator has an end of its own to make where tests wait for that (DcpPublisher:WaitForResourceCleanup), and looks for
    // a network that is gone for half a minute.
    private readonly List<string> _sessionNetworks = [];
    private PreparedLab? _lab;
    private Task? _emptying;
    private Task _removal = Task.CompletedTask;

    /// <summary>What could not be removed; null: all was, as far as it went.</summary>
    public LabException? Failure { get; private set; }

    /// <summary>There is something to be removed.</summary>
    public void Add(PreparedLab lab) => _lab = lab;

    /// <summary>Removes the containers.</summary>
    /// <param name="firstAsync">What has to end before.</param>
    public Task EmptyAsync(Func<Task> firstAsync)
    {
        lock (_gate)
        {
            return _emptying ??= EmptyAfterAsync(firstAsync);
        }
    }

    /// <summary>Removes what is left. Does nothing where nothing is.</summary>
    public Task RemoveAsync()
    {
        lock (_gate)
        {
            if (_lab is { } lab)
            {
                _lab = null;
                _removal = RemoveAsync(lab);
            }

            return _removal;
        }
    }

    private async Task EmptyAfterAsync(Func<Task> firstAsync)
    {
        await firstAsync();
        if (_lab is { } lab)
        {
            await TryAsync(cleaner => cleaner.RemoveContainersAsync(lab.Name, lab.Folder, CancellationToken.None, _sessionNetworks));
        }
    }

    private async Task RemoveAsync(PreparedLab lab)
    {
        lab.Dispose();
        await TryAsync(cleaner => cleaner.RemoveAsync(lab.Name, lab.Folder, CancellationToken.None));
        await Task.WhenAll(_sessionNetworks.Select(network => engineOf().RemoveNetworkAsync(network, CancellationToken.None)));
    }

    private async Task TryAsync(Func<LabCleaner, Task> removeAsync)
    {
        try
        {
            await removeAsync(cleanerOf());
        }
        catch (LabException e)
        {
            Problem[] left = [.. Failure?.Problems ?? [], .. e.Problems];
            Failure = new LabException(Failure?.ExitCode ?? e.ExitCode, left, e) { Left = left };
        }
    }
}
