using System.Net.Sockets;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// Another unix socket for a service, which passes everything on until it is cut: from then on it is as if the service had ended.
/// </summary>
internal sealed class SocketRelay : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-relay-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Lock _gate = new();
    private readonly List<Socket> _open = [];
    private bool _cut;

    /// <summary>Begins to listen.</summary>
    /// <param name="service">Path of the service's socket.</param>
    public SocketRelay(string service)
    {
        Path = System.IO.Path.Combine(_folder, "relay.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _ = AcceptAsync(service);
    }

    /// <summary>Path of the relay's own socket.</summary>
    public string Path { get; }

    /// <summary>Breaks all connections, and takes no more.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _cut = true;
            _listener.Dispose();
            _open.ForEach(socket => socket.Dispose());
        }
    }

    public void Dispose()
    {
        Cut();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AcceptAsync(string service)
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync();
                var behind = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                Keep(client, behind);
                await behind.ConnectAsync(new UnixDomainSocketEndPoint(service));
                _ = PassAsync(client, behind);
                _ = PassAsync(behind, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private void Keep(params Socket[] sockets)
    {
        lock (_gate)
        {
            _open.AddRange(sockets);
            if (_cut)
            {
                Cut();
            }
        }
    }

    private static async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut, or one side has ended.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
