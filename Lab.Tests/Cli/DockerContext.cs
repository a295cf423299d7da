using System.Security.Cryptography;
using System.Text;

namespace SynapseLab.Tests.Cli;

/// <summary>A configuration of the docker command whose current context names a socket; nothing else says where an engine is.</summary>
internal sealed class DockerContext : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Makes it.</summary>
    /// <param name="name">Name of the context.</param>
    /// <param name="socket">Path of the socket.</param>
    public DockerContext(string name, string socket)
    {
        var meta = Directory.CreateDirectory(
            _folder.File($"contexts/meta/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}")).FullName;
        File.WriteAllText(
            Path.Combine(meta, "meta.json"),
            $$$"""{"Name":"{{{name}}}","Metadata":{},"Endpoints":{"docker":{"Host":"unix://{{{socket}}}","SkipTLSVerify":false} } }""");
        File.WriteAllText(ConfigFile, $$"""{"currentContext":"{{name}}"}""");
    }

    /// <summary>The configuration's file.</summary>
    public string ConfigFile => _folder.File("config.json");

    /// <summary>What a program needs in its environment to have it.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["DOCKER_CONFIG"] = _folder.Path,
        ["DOCKER_HOST"] = "",
        ["DOCKER_CONTEXT"] = "",
        ["XDG_RUNTIME_DIR"] = "",
    };

    public void Dispose() => _folder.Dispose();
}
