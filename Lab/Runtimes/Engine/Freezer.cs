namespace SynapseLab.Runtimes.Engine;

/// <summary>Freezes containers.</summary>
public static class Freezer
{
    private const int Tries = 5;

    /// <summary>
    /// Freezes a container. On a busy machine the kernel may not get at all of its tasks before runc gives up, thaws them and says <c>unable to freeze</c>
    /// (libcontainer/cgroups/fs/freezer.go): then it is tried again.
    /// </summary>
    /// <exception cref="EngineException">It can't be frozen.</exception>
    public static async Task FreezeAsync(this IContainerEngine engine, string container, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await engine.PauseAsync(container, cancellationToken);
                return;
            }
            catch (EngineException e) when (tries < Tries && e.Message.Contains("unable to freeze", StringComparison.Ordinal))
            {
                // Each try takes runc as long as it takes to give up.
            }
        }
    }
}
