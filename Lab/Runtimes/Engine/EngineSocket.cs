using System.Net.Sockets;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Engine;

/// <summary>What made the lab take an engine.</summary>
public enum EngineOrigin
{
    /// <summary>The variable <c>DOCKER_HOST</c>.</summary>
    DockerHost,

    /// <summary>A Docker context, named by <c>DOCKER_CONTEXT</c>.</summary>
    ContextVariable,

    /// <summary>A Docker context, the current one of the docker command's configuration.</summary>
    CurrentContext,

    /// <summary>A rootless engine of this user has its socket in <c>XDG_RUNTIME_DIR</c>.</summary>
    Rootless,

    /// <summary>None of these: it is the system's engine.</summary>
    System,
}

/// <summary>The unix socket of the container engine, why it is this one, and what to tell a user who can't reach it.</summary>
/// <param name="Path">Path of the socket: <c>/var/run/docker.sock</c>.</param>
/// <param name="Origin">What made the lab take it.</param>
/// <param name="Reason">The same in words: <c>Docker context 'rootless', the current one of /home/user/.docker/config.json</c>.</param>
public sealed record EngineSocket(string Path, EngineOrigin Origin = EngineOrigin.System, string Reason = EngineSocket.NothingElse)
{
    /// <summary>The socket of the system's engine.</summary>
    public const string SystemPath = "/var/run/docker.sock";

    /// <summary>The reason for the system's engine.</summary>
    public const string NothingElse = "the system's, since there is no DOCKER_HOST, no Docker context and no socket of a rootless engine";

    /// <summary>How an address of a unix socket begins.</summary>
    internal const string Scheme = "unix://";

    private const string Daemon = "dockerd";

    /// <summary>The socket as <c>DOCKER_HOST</c> has it: <c>unix:///var/run/docker.sock</c>.</summary>
    public string Host => Scheme + Path;

    /// <summary>Environment of a program that is to talk to the same engine, whatever it would choose by itself.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { [EngineLookup.HostVariable] = Host };

    /// <summary>Where an engine is looked for that runs and does not answer here.</summary>
    internal ProcessTable Processes { get; init; } = new();

    /// <summary>The socket as a URI, whatever its path is made of.</summary>
    internal Uri Address => new(Scheme + string.Join('/', Path.Split('/').Select(Uri.EscapeDataString)));

    /// <summary>No engine, engine not running, or no rights to it (exit code 2); the message says which, why the lab looked there,
    /// and what to do.</summary>
    /// <param name="error">What connecting gave.</param>
    internal LabException Unreached(SocketException error) => new(ExitCodes.WrongUse, Explain(error.SocketErrorCode), error);

    /// <summary>What to do to have another engine.</summary>
    /// <param name="origin">What made the lab take this one.</param>
    internal static string Otherwise(EngineOrigin origin) => origin switch
    {
        EngineOrigin.DockerHost => "unset DOCKER_HOST to take the engine of this machine",
        EngineOrigin.ContextVariable => "unset DOCKER_CONTEXT to take the engine of this machine",
        EngineOrigin.CurrentContext => "take the engine of this machine: docker context use default",
        EngineOrigin.Rootless => $"take the system's: DOCKER_HOST={Scheme}{SystemPath}",
        _ => "set DOCKER_HOST to the socket of another",
    };

    // The same words as in eng/setup.d/engine.sh.
    private Problem Explain(SocketError error)
    {
        if (error == SocketError.AccessDenied)
        {
            return Origin == EngineOrigin.System
                ? new Problem(
                    "no rights to the container engine",
                    Path,
                    "Add yourself to its group: sudo usermod -aG docker \"$USER\", then log in again (or run newgrp docker)")
                : new Problem("no rights to the container engine", $"{Host} ({Reason})", $"Become its owner, or {Otherwise(Origin)}");
        }

        if (Origin != EngineOrigin.System)
        {
            return new Problem(
                "no container engine answers",
                $"{Host} ({Reason})",
                $"{(Origin == EngineOrigin.Rootless ? "Start it: systemctl --user start docker" : "Start it")}, or {Otherwise(Origin)}");
        }

        // ENOENT has no SocketError of its own; .NET gives AddressNotAvailable.
        return (Exists: File.Exists(Path), Elsewhere: OfThisUserOrRoot()) switch
        {
            (_, { } elsewhere) => new Problem(
                $"no container engine answers here, though one runs as process {elsewhere.Pid}", $"{Host} ({Reason})", "Set DOCKER_HOST to its socket, or make a Docker context of it the current one"),
            (true, _) when error == SocketError.ConnectionRefused => new Problem(
                "the container engine is not running (its socket is there, nobody answers)", Path, "Start it: sudo systemctl start docker, or let ./lab setup do it"),
            (true, _) => new Problem($"the container engine can't be reached ({error})", Path, "See ./lab doctor"),
            (false, _) when IsInstalled() => new Problem(
                "the container engine is installed but not running",
                Path,
                "Start it: sudo systemctl start docker, or let ./lab setup do it"),
            _ => new Problem(
                "no container engine on this machine", Path, "Run ./lab setup, or install one: sudo apt-get install docker.io"),
        };
    }

    // Another user's engine is none that this user may have.
    private ProcessTimes? OfThisUserOrRoot() =>
        Processes.Times().FirstOrDefault(process => process.Name == Daemon && !process.IsZombie && Processes.UserOf(process.Pid) is { } user && (user == 0 || user == UnixUser.Current().Uid));

    private static bool IsInstalled() =>
        (global::System.Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Append("/usr/sbin")
            .Any(folder => File.Exists(System.IO.Path.Combine(folder, Daemon)));
}
