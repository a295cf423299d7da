using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Runtimes.Starting;

/// <summary>A lab whose folder is written and whose containers can be started. Disposing gives up the claim to its ports,
/// which the containers hold by then.</summary>
/// <param name="State">What its folder says of it.</param>
/// <param name="Folder">Its folder, with all files and secrets.</param>
/// <param name="Claims">Keeps its ports from other starts.</param>
/// <param name="Begun">When the start began, as a timestamp of the starter's clock.</param>
public sealed record PreparedLab(LabState State, LabFolder Folder, PortClaims Claims, long Begun) : IDisposable
{
    /// <summary>Its name.</summary>
    public string Name => State.Deployment.LabName;

    /// <summary>What is started.</summary>
    public Deployment Deployment => State.Deployment;

    /// <inheritdoc/>
    public void Dispose() => Claims.Dispose();
}
