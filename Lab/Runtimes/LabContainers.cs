using System.Net;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Runtimes;

/// <summary>The containers of a lab as the engine had them at the last refresh, and the network they are on.</summary>
internal sealed class LabContainers
{
    private readonly IContainerEngine _engine;
    private readonly Deployment _deployment;
    private readonly LabFolder _folder;
    private readonly Lock _gate = new();
    private Task<string?>? _network;

    /// <summary>Those of a lab.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="deployment">The lab.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="found">What the engine has under the lab's name, of other checkouts too.</param>
    public LabContainers(IContainerEngine engine, Deployment deployment, LabFolder folder, IEnumerable<ContainerSummary> found)
    {
        (_engine, _deployment, _folder) = (engine, deployment, folder);
        ByName = Of(folder, found);
    }

    /// <summary>Those that are there, by their names in the deployment.</summary>
    public IReadOnlyDictionary<string, ContainerSummary> ByName { get; private set; }

    /// <summary>Those among what the engine has under a lab's name that belong to the lab of a folder,
    /// by their names in the deployment.</summary>
    public static Dictionary<string, ContainerSummary> Of(LabFolder folder, IEnumerable<ContainerSummary> found) => found
        .Where(container => folder.Owns(container.Labels) && container.Labels.ContainsKey(LabLabels.Container))
        .ToDictionary(container => container.Labels[LabLabels.Container]);

    /// <summary>Reads states and addresses anew.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken) =>
        ByName = Of(_folder, await _engine.ListAsync($"{LabLabels.Name}={_deployment.LabName}", cancellationToken));

    /// <summary>The engine's identifier of a container, by its name in the deployment; null: it was removed.</summary>
    public string? TryId(string name) => ByName.GetValueOrDefault(name)?.Id;

    /// <summary>The engine's identifier of a process's container.</summary>
    /// <exception cref="LabException">No such process or container (exit code 2), or it was removed (exit code 1).</exception>
    public string Id(string processIdOrContainer) =>
        TryId(LabPart.Find(_deployment, processIdOrContainer).Container.Name)
        ?? throw LabException.Failed(
            $"the container of {processIdOrContainer} is gone",
            fix: $"Take the lab down ({ToType.Lab("down", _deployment.LabName)}) and start it again");

    /// <summary>Who has an address on the lab's network, see <see cref="RunningLab.ProcessAt"/>.</summary>
    public string? ProcessAt(IPAddress remote)
    {
        var address = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        var container = ByName.FirstOrDefault(pair => pair.Value.Addresses.Values.Contains(address)).Key;
        var processes = _deployment.Processes.Where(process => process.Container == container).ToArray();
        return processes.Length == 1 ? processes[0].Id : container;
    }

    /// <summary>The lab's network. Asked for once for all parts: it stays the same as long as the lab lives. Null: it has no label,
    /// and nobody is on any.</summary>
    public Task<string?> NetworkAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _network = _network is null or { IsFaulted: true } or { IsCompletedSuccessfully: true, Result: null }
                ? FindNetworkAsync()
                : _network;
            return _network.WaitAsync(cancellationToken);
        }
    }

    private async Task<string?> FindNetworkAsync()
    {
        var labelled = await _engine.ListNetworksAsync($"{LabLabels.Name}={_deployment.LabName}", CancellationToken.None);
        return labelled.FirstOrDefault(network => _folder.Owns(network.Labels))?.Name ?? Busiest();
    }

    // A runtime that can't label its network: the one that most are on.
    private string? Busiest() => ByName.Values
        .SelectMany(container => container.Addresses.Keys)
        .CountBy(network => network)
        .OrderByDescending(network => network.Value)
        .Select(network => network.Key)
        .FirstOrDefault();
}
