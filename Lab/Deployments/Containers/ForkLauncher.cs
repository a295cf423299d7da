namespace SynapseLab.Deployments.Containers;

/// <summary>
/// The entry script of a container that holds all processes of a homeserver: images/synapse/fork_launcher.py, which is part of the
/// lab and not of an image, so that the official image can be packed the same way.
/// </summary>
internal static class ForkLauncher
{
    private const string Resource = "synapse/fork_launcher.py";

    /// <summary>The script's text.</summary>
    public static string Script()
    {
        using var stream = typeof(ForkLauncher).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
