namespace SynapseLab.Deployments.Containers;

/// <summary>The entry script of a container that holds all processes of a homeserver.</summary>
internal static class ForkLauncher
{
    /// <summary>Python, run inside the container: arguments are the processes, each an app and its arguments, separated by <c>--</c>.</summary>
    public const string Script = "";
}
