using SynapseLab.Conventions;

namespace SynapseLab.Deployments;

/// <summary>
/// What Synapse containers begin with. The scripts are part of the lab and not of an image,
/// so that the official image is started the same way. Only they are not Synapse's own code;
/// they call its entry points as <c>python3 -m</c> does.
/// </summary>
internal static class EntryScripts
{
    /// <summary>Starts one process.</summary>
    public const string Start = "start.py";

    /// <summary>Starts all processes of a homeserver, forked after the imports: images/synapse/fork_launcher.py,
    /// which says how it is called.</summary>
    public const string ForkLauncher = "fork_launcher.py";

    /// <summary>Asks and tells the launcher inside its container, as <see cref="LabPaths.ProcessesScript"/>.</summary>
    public const string Processes = "processes.py";

    /// <summary>A script's text.</summary>
    public static string Text(string name)
    {
        using var stream = typeof(EntryScripts).Assembly.GetManifestResourceStream($"synapse/{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
