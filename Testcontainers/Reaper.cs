using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;

namespace SynapseLab.Testcontainers;

/// <summary>Testcontainers' reaper (Ryuk), a container that removes what a test process has started when that process is gone.</summary>
internal static class Reaper
{
    // An image that comes is there by then; a registry that does not answer would hold up every start.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Starts it where it does not run for this process already.</summary>
    /// <returns>Null: it runs. Else why it does not: its image can't be had, or TESTCONTAINERS_RYUK_DISABLED says so.</returns>
    public static async Task<string?> TryStartAsync(TestcontainersEngine engine, CancellationToken cancellationToken)
    {
        if (!TestcontainersSettings.ResourceReaperEnabled)
        {
            return "it is switched off";
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await ResourceReaper.GetAndStartDefaultAsync(engine, NullLogger.Instance, ct: limit.Token);
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return e.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        }
    }
}
