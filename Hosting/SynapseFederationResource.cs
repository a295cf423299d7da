using SynapseLab.Hosting.Model;
using SynapseLab.Deployments;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// Homeservers that federate with each other and with nobody else, behind one reverse proxy. It runs when all of them have
/// become healthy. Clients reference one of its homeservers.
/// </summary>
public sealed class SynapseFederationResource : Resource, ISynapseResource
{
    private readonly SynapseDeployment _plan;

    internal SynapseFederationResource(string name)
        : base(name) =>
        _plan = new SynapseDeployment(this);

    /// <summary>Its homeservers, in topology order.</summary>
    public IReadOnlyList<SynapseResource> Homeservers => _plan.Homeservers;

    /// <inheritdoc/>
    public Deployment Deployment => _plan.Deployment;

    SynapseDeployment ISynapseResource.Plan => _plan;
}
