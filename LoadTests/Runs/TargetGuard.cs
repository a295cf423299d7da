using System.Net;
using System.Net.Sockets;

namespace SynapseLab.LoadTests.Runs;

/// <summary>Load goes to this machine only, unless the user names the other one: a mistyped address must not become an attack.</summary>
public static class TargetGuard
{
    /// <summary>Where to connect to.</summary>
    /// <param name="target">For example <c>http://127.0.0.1:8008</c>.</param>
    /// <param name="allowedHost">The host that the user named with <c>--allow-remote</c>; null: none.</param>
    /// <param name="cancellationToken">Ends the look-up of a name.</param>
    /// <returns>The address and port: of several addresses the first at which somebody listens (<c>localhost</c> may be ::1 before
    /// 127.0.0.1, where the lab's ports are). It is resolved once, for set-up and load alike, so that a name cannot come to mean something
    /// else in between.</returns>
    /// <exception cref="LabException">It is not plain HTTP, is unknown, or is another machine that was not named (exit code 2).</exception>
    public static async Task<IPEndPoint> ResolveAsync(Uri target, string? allowedHost, CancellationToken cancellationToken)
    {
        if (target.Scheme != Uri.UriSchemeHttp)
        {
            throw LabException.WrongUse(
                $"load goes over plain http, not {target.Scheme}",
                target.OriginalString,
                "Name the proxy's client port, such as http://127.0.0.1:8008");
        }

        IPAddress[] addresses;
        try
        {
            addresses = await Dns.GetHostAddressesAsync(target.IdnHost, cancellationToken);
        }
        catch (SocketException e)
        {
            throw LabException.WrongUse($"nobody knows the host {target.Host}: {e.Message}", target.OriginalString);
        }

        catch (ArgumentException)
        {
            // The resolver's word for 0.0.0.0 and [::].
            throw LabException.WrongUse(
                $"{target.Host} is not this machine but every machine, and nothing to connect to",
                target.OriginalString,
                "Name the address itself, such as http://127.0.0.1:8008");
        }

        // An IPv6 address is written in brackets in a URI and without on a command line.
        var named = string.Equals(allowedHost?.Trim('[', ']'), target.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase);
        if (!named && !addresses.All(IPAddress.IsLoopback))
        {
            throw LabException.WrongUse(
                $"{target.Host} is not this machine ({addresses.First(address => !IPAddress.IsLoopback(address))}), "
                + "and load goes to this machine only",
                target.OriginalString,
                $"If that machine is yours to load, say so: --allow-remote {target.Host}");
        }

        return await ListeningAsync(addresses, target.Port, cancellationToken);
    }

    /// <summary>The first of a host's addresses at which somebody listens; the first of all where nobody does, and whoever connects is told
    /// so.</summary>
    public static async Task<IPEndPoint> ListeningAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        foreach (var address in addresses.Count > 1 ? addresses : [])
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(address, port, cancellationToken);
                return new IPEndPoint(address, port);
            }
            catch (SocketException)
            {
                // Nobody there; the next one.
            }
        }

        return new IPEndPoint(addresses[0], port);
    }
}
