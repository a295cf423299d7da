using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;

namespace SynapseLab.Runtimes.Usage;

/// <summary>
/// Reads what a lab uses: of a container as the kernel counts it or, where that is not seen from here, the engine,
/// which takes a second for each; of a process in a shared one as its launcher does.
/// </summary>
/// <param name="deployment">The lab.</param>
/// <param name="engine">The engine.</param>
/// <param name="containerId">The engine's identifier of a container, by its name in the deployment; null: it was removed.</param>
/// <param name="launchers">Of the shared containers.</param>
/// <param name="time">Stamps the readings.</param>
internal sealed class UsageReader(
    Deployment deployment, IContainerEngine engine, Func<string, string?> containerId, Launchers launchers, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>One reading of everything, side by side.</summary>
    public async Task<LabUsage> ReadAsync(CancellationToken cancellationToken)
    {
        var parts = LabPart.All(deployment).ToLookup(part => part.Container.Name);
        var ids = parts
            .Select(container => (Name: container.Key, Id: containerId(container.Key)))
            .Where(container => container.Id is not null)
            .ToArray();
        var processes = Task.WhenAll(ids.Where(container => parts[container.Name].First().IsShared).Select(container => OfProcessesAsync(container.Name, cancellationToken)));
        var usages = await Task.WhenAll(
            ids.Select(async container => (container.Name, Usage: await OfContainerAsync(container.Id!, cancellationToken))));
        var containers = usages
            .Where(container => container.Usage is not null)
            .ToDictionary(container => container.Name, container => container.Usage!);
        var alone = containers.Where(container => !parts[container.Key].First().IsShared)
            .Select(container => KeyValuePair.Create(parts[container.Key].Single().Name, new PartUsage(container.Value.ResidentBytes, container.Value.CpuNanoseconds)));
        return new LabUsage(containers, alone.Concat((await processes).SelectMany(usage => usage)).ToDictionary());
    }

    private async Task<ContainerUsage?> OfContainerAsync(string id, CancellationToken cancellationToken) =>
        await engine.InspectAsync(id, cancellationToken) is { Pid: not 0 and var pid }
            ? CgroupUsage.Find(pid, id, time)?.Read() ?? await engine.UsageAsync(id, cancellationToken)
            : null;

    private async Task<Dictionary<string, PartUsage>> OfProcessesAsync(string container, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return (await launchers.UsageAsync(container, limit.Token))
                .Where(process => process.Usage is not null)
                .ToDictionary(process => process.Id, process => process.Usage!);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A launcher that hangs or fails is told by the look at its processes' health.
            return [];
        }
    }
}
