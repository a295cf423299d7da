using Aspire.Hosting.ApplicationModel;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;

namespace SynapseLab.Hosting.Model;

/// <summary>
/// What an application says of one deployment of Synapse, call by call, and what follows from it. A topology in C# may be
/// incomplete between two calls: its mistakes count at the start.
/// </summary>
/// <param name="root">The resource that all others of it are below of.</param>
internal sealed class SynapseDeployment(ISynapseResource root)
{
    private readonly TopologyInCode _inCode = new(root.Name.ToLowerInvariant());
    private readonly Dictionary<SynapseResource, HomeserverInCode> _homeserversInCode = [];
    private Topology? _file;
    private LabStartRequest? _request;
    private Deployment? _deployment;

    /// <summary>The resource that all others are below of.</summary>
    public ISynapseResource Root => root;

    /// <summary>The lab's checkout, or where it lies without one.</summary>
    public LabRoot LabRoot { get; } = LabRoot.FindOrPackage();

    /// <summary>Its homeservers, in topology order.</summary>
    public List<SynapseResource> Homeservers { get; } = [];

    /// <summary>What is wrong with the topology so far.</summary>
    public IReadOnlyList<Problem> Problems { get; private set; } = [];

    /// <summary>What is started.</summary>
    public LabStartRequest Request => _request ?? throw Wrong;

    /// <summary>As planned, and from before the start as it is run.</summary>
    public Deployment Deployment { get => _deployment ?? throw Wrong; set => _deployment = value; }

    /// <summary>The lab's folder.</summary>
    public LabFolder Folder => LabRoot.Lab(Request.Name);

    /// <summary>How the lab is called; null: as the resource.</summary>
    public string? Name { get; set; }

    /// <summary>Added to every usual port; null: as little as other labs leave.</summary>
    public int? PortOffset { get; set; }

    /// <summary>Whether main creates the schema.</summary>
    public bool EmptyDatabase { get; set; }

    /// <summary>Whether an application that there is for it alone goes on where it does not start.</summary>
    public bool KeepFailed { get; set; }

    /// <summary>What names of resources, and host names on the application's network, begin with.</summary>
    public string Prefix { get; set; } = $"{root.Name.ToLowerInvariant()}-";

    /// <summary>Its resources.</summary>
    public SynapseModel Model { get; set; } = null!;

    private LabException Wrong => new(ExitCodes.WrongUse, Problems);

    /// <summary>Where the proxy takes the clients of a homeserver, by its key.</summary>
    public Dictionary<string, EndpointReference> Clients { get; } = [];

    /// <summary>The homeserver that a resource stands for.</summary>
    public Homeserver HomeserverOf(SynapseResource resource) => Deployment.Homeservers[Homeservers.IndexOf(resource)];

    /// <summary>Adds a homeserver of one process, to be made larger by what is said of it.</summary>
    public void Add(SynapseResource homeserver, CodePlace site)
    {
        Homeservers.Add(homeserver);
        _homeserversInCode.Add(homeserver, _inCode.Add($"{homeserver.Name.ToLowerInvariant()}.test", site));
    }

    /// <summary>Takes a topology's file in place of what could be said in C#.</summary>
    /// <param name="nameOrPath">The name of a file in topologies/, or a path ending in .yaml or .yml.</param>
    /// <param name="site">Where it was said.</param>
    public Topology Load(string nameOrPath, CodePlace site)
    {
        if (!_inCode.IsBare || (root is not SynapseResource && _homeserversInCode.Count > 0))
        {
            throw LabException.WrongUse(
                $"'{root.Name}' has a topology in C# already", site.ToString(), $"Name '{nameOrPath}' or describe it in C#, not both");
        }

        return _file = new TopologyLibrary(LabRoot.Topologies).Load(nameOrPath);
    }

    /// <summary>Says something of a homeserver in C#.</summary>
    public void Say(SynapseResource homeserver, CodePlace site, Action<HomeserverInCode> say) =>
        Say(site, () => say(_homeserversInCode[homeserver]));

    /// <summary>Says something of the topology in C#.</summary>
    public void Say(CodePlace site, Action<TopologyInCode> say) => Say(site, () => say(_inCode));

    /// <summary>Gives a homeserver another <c>server_name</c>, also one of a topology's file that has no other.</summary>
    public void Rename(SynapseResource homeserver, string serverName, CodePlace site)
    {
        if (!_homeserversInCode.TryGetValue(homeserver, out var inCode))
        {
            throw LabException.WrongUse(
                $"'{homeserver.Name}' has its server_name from topology {_file!.Name}", site.ToString(), "Copy its file and change it");
        }

        inCode.Name(serverName, site);
        if (_file is { } file)
        {
            _file = file with { Homeservers = [file.Homeservers[0] with { ServerName = Valid(_inCode.Read()).Homeservers[0].ServerName }] };
        }
    }

    /// <summary>Works out what follows.</summary>
    public void Refresh()
    {
        var read = _file is { } file ? new TopologyResult(file, []) : _inCode.Read();
        Problems = read.Problems;
        if (read.Topology is not { } topology)
        {
            return;
        }

        _request = new LabStartRequest(topology)
        {
            LabName = LabName.Check(Name ?? root.Name.ToLowerInvariant()),
            PortOffset = PortOffset,
            PreparedDatabase = !EmptyDatabase,
            HostPrefix = Prefix,
        };
        _deployment = DeploymentBuilder.Build(topology, new DeploymentInputs
        {
            LabName = _request.LabName,
            PreparedDatabase = _request.PreparedDatabase,
            HostPrefix = Prefix,
        });
        Model.Replace();
    }

    private static Topology Valid(TopologyResult read) => read.Topology ?? throw new LabException(ExitCodes.WrongUse, read.Problems);

    private void Say(CodePlace site, Action say)
    {
        if (_file is { } file)
        {
            throw LabException.WrongUse(
                $"'{root.Name}' has topology {file.Name} already",
                site.ToString(),
                "Copy its file and change it, or describe all of it in C#");
        }

        say();
    }
}
