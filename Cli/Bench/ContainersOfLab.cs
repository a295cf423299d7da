using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Cli.Bench;

/// <summary>What the engine tells of all containers of a lab.</summary>
internal static class ContainersOfLab
{
    /// <summary>Their details; without those that are gone meanwhile.</summary>
    public static async Task<IReadOnlyList<ContainerDetails>> DetailsAsync(
        IContainerEngine engine, string labName, CancellationToken cancellationToken)
    {
        var containers = await ListAsync(engine, labName, cancellationToken);
        var details = await Task.WhenAll(containers.Select(container => engine.InspectAsync(container.Id, cancellationToken)));
        return [.. details.OfType<ContainerDetails>()];
    }

    /// <summary>What each uses, by its name in the deployment; null: it does not run.</summary>
    public static async Task<Dictionary<string, ContainerUsage?>> UsagesAsync(
        IContainerEngine engine, string labName, CancellationToken cancellationToken)
    {
        var containers = await ListAsync(engine, labName, cancellationToken);
        var usages = await Task.WhenAll(containers.Select(container => engine.UsageAsync(container.Id, cancellationToken)));
        return containers.Zip(usages).ToDictionary(pair => pair.First.Labels[LabLabels.Container], pair => pair.Second);
    }

    /// <summary>All of them.</summary>
    public static Task<IReadOnlyList<ContainerSummary>> ListAsync(
        IContainerEngine engine, string labName, CancellationToken cancellationToken) =>
        engine.ListAsync($"{LabLabels.Name}={labName}", cancellationToken);
}
