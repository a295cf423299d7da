using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SynapseLab.Proxies;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;

namespace SynapseLab.Testcontainers;

/// <summary>
/// Says which Synapse a test wants. Immutable, as Testcontainers' builders are: each method returns another builder.
/// <code>
/// await using var synapse = new SynapseLabBuilder().WithTopology("reference").Build();
/// await synapse.StartAsync();
/// </code>
/// </summary>
public sealed record SynapseLabBuilder
{
    /// <summary>What is deployed where nothing is said.</summary>
    public const string DefaultTopology = "reference";

    private string TopologyName { get; init; } = DefaultTopology;

    private Packing? Packing { get; init; }

    private string? Proxy { get; init; }

    private string? Name { get; init; }

    private string? Folder { get; init; }

    private bool CleanUp { get; init; } = true;

    private ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The topology: a name that the lab knows (<c>reference</c>, <c>monolith</c>), or a path to a file.</summary>
    public SynapseLabBuilder WithTopology(string nameOrPath) => this with { TopologyName = nameOrPath };

    /// <summary>How processes are put into containers; without it, as the topology's file says. <see cref="Packing.OneContainer"/>
    /// starts and resets in a fraction of the time.</summary>
    public SynapseLabBuilder WithPacking(Packing packing) => this with { Packing = packing };

    /// <summary>The reverse proxy, <c>nginx</c> or <c>haproxy</c>; without it, as the topology's file says.</summary>
    public SynapseLabBuilder WithProxy(string kind) => this with { Proxy = kind };

    /// <summary>Name of the lab, on the whole machine: up to 40 small letters, digits and hyphens. Without it, one that
    /// is not used twice.</summary>
    public SynapseLabBuilder WithName(string name) => this with { Name = name };

    /// <summary>Where the lab's files and secrets lie; without it, <c>synapse-lab</c> in the user's folder for applications' data
    /// (<c>~/.local/share</c>). It has to lie on this machine: containers mount it.</summary>
    public SynapseLabBuilder WithFolder(string path) => this with { Folder = path };

    /// <summary>
    /// Whether the lab goes with this object, or with this process where that dies first. With false it runs on, or stays as its failed
    /// start left it, to be looked at, and the next <see cref="SynapseLabContainers.StartAsync"/> of the same
    /// <see cref="WithName"/> finds it, as it was left.
    /// </summary>
    public SynapseLabBuilder WithCleanUp(bool cleanUp) => this with { CleanUp = cleanUp };

    /// <summary>Takes how a start goes.</summary>
    public SynapseLabBuilder WithLogger(ILogger logger) => this with { Logger = logger };

    /// <summary>Reads the topology; nothing is started.</summary>
    /// <exception cref="LabException">There is no such topology or proxy, it has mistakes (told with file and line), or the
    /// name can't be one.</exception>
    public SynapseLabContainers Build()
    {
        var root = LabRoot.OfPackage(Folder);
        var topology = new TopologyLibrary(root.Topologies).Load(TopologyName);
        topology = topology with
        {
            Packing = Packing ?? topology.Packing,
            Proxy = topology.Proxy with { Kind = ProxyRenderers.For(Proxy ?? topology.Proxy.Kind).Kind },
        };
        var name = LabName.Check(Name ?? $"tests-{Guid.NewGuid():n}"[..14]);
        return new SynapseLabContainers(root, new LabStartRequest(topology) { LabName = name }, CleanUp, Logger);
    }
}
