using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Cli.Bench;

/// <summary>What a running lab has of the machine, written down by what it really has rather than by its labels, so that what it leaves
/// behind is found.</summary>
internal sealed class LabTraces
{
    private readonly IContainerEngine _engine;
    private readonly HashSet<string> _containers;
    private readonly HashSet<string> _networks;
    private readonly HashSet<string> _volumes;
    private readonly IReadOnlyList<int> _ports;

    private LabTraces(
        IContainerEngine engine, IReadOnlyList<ContainerSummary> containers, IEnumerable<string> volumes, IReadOnlyList<int> ports)
    {
        _engine = engine;
        _containers = [.. containers.Select(container => container.Id)];
        _networks = [.. containers.SelectMany(container => container.Addresses.Keys)];
        _volumes = [.. volumes];
        _ports = ports;
    }

    /// <summary>Writes down what a lab has.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="labName">The lab; it runs.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<LabTraces> OfAsync(IContainerEngine engine, string labName, CancellationToken cancellationToken)
    {
        var containers = await ContainersOfLab.ListAsync(engine, labName, cancellationToken);
        var details = await ContainersOfLab.DetailsAsync(engine, labName, cancellationToken);
        return new LabTraces(
            engine,
            containers,
            details.SelectMany(container => container.Volumes),
            [.. containers.SelectMany(container => container.Ports).Distinct().Order()]);
    }

    /// <summary>What of it is still there: <c>network synapse-lab-x</c>, <c>port 8008</c>.</summary>
    public async Task<IReadOnlyList<string>> LeftAsync(CancellationToken cancellationToken)
    {
        var containers = await _engine.ListAsync(null, cancellationToken);
        var networks = await _engine.ListNetworksAsync(null, cancellationToken);
        var volumes = await _engine.ListVolumesAsync(null, cancellationToken);
        return
        [
            .. containers.Where(container => _containers.Contains(container.Id)).Select(container => $"container {container.Name}"),
            .. networks.Select(network => network.Name).Where(_networks.Contains).Select(network => $"network {network}"),
            .. volumes.Select(volume => volume.Name).Where(_volumes.Contains).Select(volume => $"volume {volume}"),
            .. _ports.Where(port => !LoopbackPort.IsFree(port)).Select(port => $"port {port}"),
        ];
    }
}
