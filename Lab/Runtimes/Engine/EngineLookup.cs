using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SynapseLab.Runtimes.Engine;

/// <summary>
/// Decides which container engine the lab talks to: <c>DOCKER_HOST</c>, else the active Docker context,
/// else the socket of a rootless engine, else the system's. Whatever the lab starts for an engine is given the answer as
/// <c>DOCKER_HOST</c>. eng/setup.d/endpoint.sh looks in the same order and says it in the same words, for there may be no build yet;
/// EngineLookupTests hold the two equal.
/// </summary>
/// <param name="variable">Gives an environment variable; null or empty: not set.</param>
public sealed class EngineLookup(Func<string, string?> variable)
{
    /// <summary>The variable by which Docker's programs are told which engine to talk to.</summary>
    public const string HostVariable = "DOCKER_HOST";

    /// <summary>In the environment of this process.</summary>
    public static EngineLookup OfThisProcess() => new(Environment.GetEnvironmentVariable);

    /// <summary>The docker command's own folder: <c>~/.docker</c>.</summary>
    public string ConfigFolder => Variable("DOCKER_CONFIG") ?? Path.Combine(Variable("HOME") ?? "", ".docker");

    /// <summary>Finds the engine. Nobody is asked whether it runs.</summary>
    /// <exception cref="LabException">What was chosen is no unix socket of this machine,
    /// or a context that does not exist (exit code 2).</exception>
    public EngineSocket Find()
    {
        if (Variable(HostVariable) is { } host)
        {
            return Socket(host, EngineOrigin.DockerHost, HostVariable);
        }

        if (Context() is var (name, origin, reason))
        {
            // The context of that name has no file: it is the docker command's word for the system's engine.
            return name == "default"
                ? new EngineSocket(EngineSocket.SystemPath, origin, reason)
                : Socket(HostOf(name, origin, reason), origin, reason);
        }

        return Variable("XDG_RUNTIME_DIR") is { } folder && Path.Combine(folder, "docker.sock") is var rootless && File.Exists(rootless)
            ? new EngineSocket(rootless, EngineOrigin.Rootless, "a rootless engine's, in XDG_RUNTIME_DIR")
            : new EngineSocket(EngineSocket.SystemPath);
    }

    private (string Name, EngineOrigin Origin, string Reason)? Context()
    {
        if (Variable("DOCKER_CONTEXT") is { } named)
        {
            return (named, EngineOrigin.ContextVariable, $"Docker context '{named}', from DOCKER_CONTEXT");
        }

        // {"auths": {...}, "currentContext": "rootless"}
        var file = Path.Combine(ConfigFolder, "config.json");
        return Text(file, "currentContext") is { Length: > 0 } current
            ? (current, EngineOrigin.CurrentContext, $"Docker context '{current}', the current one of {file}")
            : null;
    }

    // contexts/meta/<SHA-256 of the name>/meta.json (docker/cli, cli/context/store):
    // {"Name": "rootless", "Metadata": {}, "Endpoints": {"docker": {"Host": "unix:///run/user/1000/docker.sock", "SkipTLSVerify": false}}}
    private string HostOf(string context, EngineOrigin origin, string reason) =>
        Text(Path.Combine(ConfigFolder, "contexts", "meta", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context))), "meta.json"), "Endpoints", "docker", "Host") is { Length: > 0 } host
            ? host
            : throw LabException.WrongUse(
                "there is no such context",
                reason,
                $"docker context ls shows those there are. Choose one of them, or {EngineSocket.Otherwise(origin)}");

    // A lab's files are mounted, and its ports are on loopback.
    private static EngineSocket Socket(string host, EngineOrigin origin, string reason) =>
        host.StartsWith(EngineSocket.Scheme + "/", StringComparison.Ordinal)
        ? new EngineSocket(host[EngineSocket.Scheme.Length..], origin, reason)
        : throw LabException.WrongUse(
            "the lab needs an engine on this machine, reached over its unix socket (unix:///path/of/docker.sock), because it mounts folders and publishes on loopback",
            $"{host} ({reason})",
            $"Name one, or {EngineSocket.Otherwise(origin)}");

    private string? Variable(string name) => variable(name) is { Length: > 0 } value ? value : null;

    private static string? Text(string file, params ReadOnlySpan<string> path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            var at = json.RootElement;
            foreach (var key in path)
            {
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(key, out at))
                {
                    return null;
                }
            }

            return at.ValueKind == JsonValueKind.String ? at.GetString() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
