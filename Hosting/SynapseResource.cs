using SynapseLab.Hosting.Model;
using SynapseLab.Deployments;
using SynapseLab.Plans;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// A Matrix homeserver: the parent of its main process and workers, and what clients, bots and bridges reference. It runs
/// when all of the deployment that it belongs to has become healthy, and is healthy while clients reach it.
/// </summary>
public sealed class SynapseResource : Resource, ISynapseResource, IResourceWithConnectionString
{
    private readonly SynapseDeployment _plan;

    internal SynapseResource(string name)
        : base(name) =>
        _plan = new SynapseDeployment(this);

    internal SynapseResource(string name, SynapseDeployment federation)
        : base(name) =>
        _plan = federation;

    /// <summary>Synapse's <c>server_name</c>: <c>hs1.test</c>.</summary>
    public string ServerName => Homeserver.ServerName;

    /// <inheritdoc/>
    public Deployment Deployment => _plan.Deployment;

    /// <summary>The URL for clients: <c>http://localhost:8008</c>, or the proxy's on the containers' network for a container.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{_plan.Clients[Homeserver.Key].Property(EndpointProperty.Url)}");

    SynapseDeployment ISynapseResource.Plan => _plan;

    internal Homeserver Homeserver => _plan.HomeserverOf(this);

    /// <summary>Its <c>registration_shared_secret</c>.</summary>
    internal ParameterResource? RegistrationSecret { get; set; }

    /// <summary>What <c>WithReference</c> gives beside the connection string: <c>HS1_URI</c>, <c>HS1_SERVERNAME</c> and
    /// <c>HS1_REGISTRATIONSHAREDSECRET</c>.</summary>
    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties()
    {
        yield return new("Uri", ConnectionStringExpression);
        yield return new("ServerName", ReferenceExpression.Create($"{ServerName}"));
        yield return new("RegistrationSharedSecret", ReferenceExpression.Create($"{RegistrationSecret!}"));
    }
}
