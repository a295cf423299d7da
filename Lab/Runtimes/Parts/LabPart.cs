using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes.Parts;

/// <summary>What a verb acts on and status has a line for.</summary>
/// <param name="Name">The process's id where it is a process, alone in its container or not; else the container's name:
/// <c>generic_worker1</c>, <c>redis</c>.</param>
/// <param name="Container">Its container.</param>
/// <param name="Process">The process; null: a container without Synapse, or a shared one as a whole.</param>
public sealed record LabPart(string Name, ContainerSpec Container, SynapseProcess? Process)
{
    /// <summary>Whether it is one process of a container that has others too (<c>packing: one-container</c>).</summary>
    public bool IsShared => Process is not null && Container.Kind == ContainerKind.Homeserver;

    /// <summary>All parts of a deployment: containers without Synapse in start order, then processes.</summary>
    public static IReadOnlyList<LabPart> All(Deployment deployment)
    {
        var containers = deployment.Containers.ToDictionary(container => container.Name);
        return
        [
            .. deployment.Containers
                .Where(container => container.Kind is ContainerKind.Postgres or ContainerKind.Redis or ContainerKind.Proxy)
                .Select(container => new LabPart(container.Name, container, null)),
            .. deployment.Processes.Select(process => new LabPart(process.Id, containers[process.Container], process)),
        ];
    }

    /// <summary>A part by the id of a process or the name of a container;
    /// a container's name means its process where it has one alone.</summary>
    /// <exception cref="LabException">There is none (exit code 2); the message lists those there are.</exception>
    public static LabPart Find(Deployment deployment, string name)
    {
        var parts = All(deployment);
        return parts.FirstOrDefault(part => part.Name == name)
            ?? parts.FirstOrDefault(part => part.Container.Name == name && !part.IsShared)
            ?? (deployment.Containers.FirstOrDefault(container => container.Name == name) is { } container ? new LabPart(name, container, null) : null)
            ?? throw LabException.WrongUse(
                $"lab '{deployment.LabName}' has no process or container '{name}'",
                fix: Spelling.SuggestAmong(name, parts.OrderBy(part => part.Process is null).Select(part => part.Name), "It has"));
    }
}
