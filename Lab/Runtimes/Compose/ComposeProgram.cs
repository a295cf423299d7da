using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Runtimes.Compose;

/// <summary>
/// How Docker Compose is called. As a plugin of the docker command it is looked for anew at every call,
/// which starts each plugin once to ask what it is, and takes a tenth of a second; called by its own name it does the same at once.
/// </summary>
/// <param name="Program">A path, or a name on PATH.</param>
/// <param name="Arguments">What comes before Compose's own arguments.</param>
internal sealed record ComposeProgram(string Program, IReadOnlyList<string> Arguments)
{
    private const string Plugin = "docker-compose";

    // Where the docker command looks, in its order (docker/cli, cli-plugins/manager).
    private static readonly string[] Folders =
    [
        "/usr/local/lib/docker/cli-plugins",
        "/usr/local/libexec/docker/cli-plugins",
        "/usr/lib/docker/cli-plugins",
        "/usr/libexec/docker/cli-plugins",
    ];

    /// <summary>The plugin where it is found, else <c>docker compose</c>, which finds it or says what is missing.</summary>
    /// <param name="configFolder">The docker command's own folder, in which plugins come first: <c>~/.docker</c>.</param>
    public static ComposeProgram Find(string configFolder)
    {
        var plugin = Folders
            .Prepend(Path.Combine(configFolder, "cli-plugins"))
            .Select(folder => Path.Combine(folder, Plugin))
            .FirstOrDefault(File.Exists);
        return plugin is null ? new ComposeProgram("docker", ["compose"]) : new ComposeProgram(plugin, []);
    }

    /// <summary>The one of this user.</summary>
    public static ComposeProgram OfThisUser() => Find(EngineLookup.OfThisProcess().ConfigFolder);
}
