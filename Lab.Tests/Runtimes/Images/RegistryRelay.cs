using System.Net;
using System.Net.Sockets;

namespace SynapseLab.Tests.Runtimes.Images;

/// <summary>
/// Another port for a registry, with a bad line behind it: each connection passes so many bytes of the registry's answers, 1.6 MB in a
/// second, and then none, or it breaks.
/// </summary>
internal sealed class RegistryRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _registry;
    private readonly bool _breaks;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _healed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _passes;

    private RegistryRelay(int registry, long passes, bool breaks)
    {
        (_registry, _passes, _breaks) = (registry, passes, breaks);
        _listener.Start();
        Address = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    /// <summary>What stands before the names of its images.</summary>
    public string Address { get; }

    /// <summary>Ends when a connection has passed what it may.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>Ends when the other side has given up a connection that passes no more.</summary>
    public Task Left => _left.Task;

    /// <summary>A line that is silent after so many bytes.</summary>
    public static RegistryRelay SilentAfter(int registry, long bytes) => new(registry, bytes, breaks: false);

    /// <summary>A line that breaks after so many bytes.</summary>
    public static RegistryRelay BreaksAfter(int registry, long bytes) => new(registry, bytes, breaks: true);

    /// <summary>From now on it passes everything, on the connections that there are too.</summary>
    public void Heal() => _healed.TrySetResult();

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = RelayAsync(await _listener.AcceptTcpClientAsync(_end.Token), _end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task RelayAsync(TcpClient client, CancellationToken cancellationToken)
    {
        using var registry = new TcpClient();
        using (client)
        {
            try
            {
                await registry.ConnectAsync(IPAddress.Loopback, _registry, cancellationToken);
                using var closed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Task.WhenAny(
                    AskAsync(client.GetStream(), registry.GetStream(), closed),
                    AnswerAsync(registry.GetStream(), client.GetStream(), closed.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // Disposed, or one side has ended.
            }
        }
    }

    private async Task AskAsync(Stream client, Stream registry, CancellationTokenSource closed)
    {
        try
        {
            await client.CopyToAsync(registry, closed.Token);
        }
        finally
        {
            // Closed or, with answers on their way, reset.
            if (Stopped.IsCompleted && !closed.IsCancellationRequested)
            {
                _left.TrySetResult();
            }

            await closed.CancelAsync();
        }
    }

    private async Task AnswerAsync(Stream registry, Stream client, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var left = _passes; await registry.ReadAsync(buffer, cancellationToken) is > 0 and var count; left -= count)
        {
            // The engine tells of what has come ten times in a second at most: of what comes at once it tells nothing.
            await pace.WaitForNextTickAsync(cancellationToken);
            if (count > left && !_healed.Task.IsCompleted)
            {
                await client.WriteAsync(buffer.AsMemory(0, (int)Math.Max(left, 0)), cancellationToken);
                _stopped.TrySetResult();
                if (_breaks)
                {
                    return;
                }

                await _healed.Task.WaitAsync(cancellationToken);
                await client.WriteAsync(buffer.AsMemory((int)Math.Max(left, 0), count - (int)Math.Max(left, 0)), cancellationToken);
                continue;
            }

            await client.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}
