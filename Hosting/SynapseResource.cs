using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Starting;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// A deployment of Synapse: its homeservers with their processes, Postgres, Redis and the reverse proxy, which are resources below it.
/// It runs when all of them have become healthy. Its connection string is that of its first homeserver.
/// </summary>
/// <param name="name">The resource's name.</param>
/// <param name="request">What is started.</param>
/// <param name="folder">The lab's folder.</param>
/// <param name="planned">The deployment with usual images and ports.</param>
public sealed class SynapseResource(string name, LabStartRequest request, LabFolder folder, Deployment planned) : Resource(name), IResourceWithConnectionString
{
    private readonly List<HomeserverResource> _homeservers = [];

    /// <summary>The deployment: as planned, with usual images and ports, and from before the start as it is run, with this machine's.</summary>
    public Deployment Deployment { get; internal set; } = planned;

    /// <summary>Its homeservers, in topology order.</summary>
    public IReadOnlyList<HomeserverResource> Homeservers => _homeservers;

    /// <summary>The URL for clients of the first homeserver: <c>http://127.0.0.1:8008</c>.</summary>
    public ReferenceExpression ConnectionStringExpression => Homeservers[0].ConnectionStringExpression;

    internal LabStartRequest Request => request;

    internal LabFolder Folder => folder;

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
        ((IResourceWithConnectionString)Homeservers[0]).GetConnectionProperties();

    internal void Add(HomeserverResource homeserver) => _homeservers.Add(homeserver);
}
