using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Operations;

namespace SynapseLab.Runtimes.Processes;

/// <summary>What each part of a lab uses: of a container as the engine counts it, of a process in a shared one as the kernel does.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="engine">The engine.</param>
/// <param name="containerId">The engine's identifier of a container, by its name in the deployment; null: it was removed.</param>
/// <param name="launchers">Of the shared containers.</param>
internal sealed class PartUsages(Deployment deployment, IContainerEngine engine, Func<string, string?> containerId, Launchers launchers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>By the parts' names; a part that does not run, or whose launcher does not say, is left out.</summary>
    public async Task<IReadOnlyDictionary<string, PartUsage>> ReadAsync(CancellationToken cancellationToken)
    {
        var containers = LabPart.All(deployment).GroupBy(part => part.Container.Name).Where(parts => containerId(parts.Key) is not null);
        var usages = await Task.WhenAll(containers.Select(parts => parts.First().IsShared ? OfProcessesAsync(parts.Key, cancellationToken) : OfContainerAsync(parts.Single(), cancellationToken)));
        return usages.SelectMany(usage => usage).ToDictionary();
    }

    private async Task<Dictionary<string, PartUsage>> OfContainerAsync(LabPart part, CancellationToken cancellationToken) =>
        containerId(part.Container.Name) is { } id && await engine.UsageAsync(id, cancellationToken) is { } usage
            ? new() { [part.Name] = new PartUsage(usage.ResidentBytes, usage.CpuNanoseconds) }
            : [];

    private async Task<Dictionary<string, PartUsage>> OfProcessesAsync(string container, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return (await launchers.UsageAsync(container, limit.Token)).Where(process => process.Usage is not null).ToDictionary(process => process.Id, process => process.Usage!);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A launcher that hangs or fails is told by the look at its processes' health.
            return [];
        }
    }
}
