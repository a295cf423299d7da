using System.Net.Sockets;

namespace SynapseLab.Runtimes.Engine;

/// <summary>The unix socket of the container engine, and what to tell a user who can't reach it.</summary>
/// <param name="Path">Path of the socket: <c>/var/run/docker.sock</c>.</param>
public sealed record EngineSocket(string Path)
{
    private const string Default = "/var/run/docker.sock";

    /// <summary>The socket that <c>DOCKER_HOST</c> names, as the docker command has it, or the usual one.</summary>
    /// <param name="dockerHost">Value of <c>DOCKER_HOST</c>: <c>unix:///run/user/1000/docker.sock</c>; null or empty: not set.</param>
    /// <exception cref="LabException">It names something else than a unix socket (exit code 2): the lab mounts folders and binds to loopback, so the engine has to be on this machine.</exception>
    public static EngineSocket FromEnvironment(string? dockerHost)
    {
        if (string.IsNullOrEmpty(dockerHost))
        {
            return new EngineSocket(Default);
        }

        const string scheme = "unix://";
        return dockerHost.StartsWith(scheme, StringComparison.Ordinal)
            ? new EngineSocket(dockerHost[scheme.Length..])
            : throw LabException.WrongUse($"DOCKER_HOST is {dockerHost}, the lab needs an engine on this machine", fix: "Unset DOCKER_HOST or set it to unix:///path/of/docker.sock");
    }

    /// <summary>Connects.</summary>
    /// <exception cref="LabException">No engine, engine not running, or no rights to it (exit code 2); the message says which and what to do.</exception>
    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancellationToken);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new LabException(ExitCodes.WrongUse, Explain(e.SocketErrorCode), e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Problem Explain(SocketError error) => error switch
    {
        SocketError.AccessDenied => new Problem(
            "no rights to the container engine",
            Path,
            "Add yourself to its group: sudo usermod -aG docker \"$USER\", then log in again (or run newgrp docker)"),
        SocketError.ConnectionRefused => new Problem(
            "the container engine is not running (its socket is there, nobody answers)",
            Path,
            "Start it: sudo systemctl start docker, or let eng/setup do it"),
        // ENOENT has no SocketError of its own; .NET gives AddressNotAvailable.
        _ when !File.Exists(Path) && IsInstalled() => new Problem(
            "the container engine is installed but not running",
            Path,
            "Start it: sudo systemctl start docker, or let eng/setup do it"),
        _ when !File.Exists(Path) => new Problem(
            "no container engine on this machine",
            Path,
            "Run eng/setup, or install one: sudo apt-get install docker.io"),
        _ => new Problem($"the container engine can't be reached ({error})", Path, "See ./lab doctor"),
    };

    private static bool IsInstalled() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Any(folder => File.Exists(System.IO.Path.Combine(folder, "dockerd")));
}
