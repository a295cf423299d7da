using SynapseLab.Hosting.Model;
using SynapseLab.Deployments;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource that stands for Synapse in an application: a homeserver, or several that federate.</summary>
public interface ISynapseResource : IResource
{
    /// <summary>The deployment it is, or is part of: as planned, with usual images and ports, and from before the start as it is run,
    /// with this machine's.</summary>
    /// <exception cref="SynapseLab.LabException">Its topology has mistakes, or has no homeserver yet (exit code 2).</exception>
    Deployment Deployment { get; }

    /// <summary>What is known of it before the start.</summary>
    internal SynapseDeployment Plan { get; }
}
