using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Images;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Starting;

/// <summary>The images that a lab is started on.</summary>
/// <param name="tools">The checkout and the engine.</param>
/// <param name="request">Says which Synapse, and whether on a prepared database.</param>
internal sealed class StartImages(StartTools tools, LabStartRequest request)
{
    private readonly MachineImages _machine = new(tools.Root, tools.Engine);

    /// <summary>Images that are there, made or fetched where one is missing.</summary>
    /// <param name="say">Told what takes time.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<DeploymentInputs> InputsAsync(Action<string> say, CancellationToken cancellationToken)
    {
        var images = await _machine.ForLabAsync(request.Topology.SynapseImage, say, cancellationToken);
        var prepared = request.PreparedDatabase
            ? await new PreparedDatabase(tools.Root, tools.Engine, new Waiter(tools.Time)).ForLabAsync(images, say, cancellationToken)
            : null;
        return Inputs(prepared ?? images, prepared is not null);
    }

    /// <summary>The same by name alone: images are there where a lab runs on them.</summary>
    /// <param name="running">Of the lab that runs.</param>
    /// <returns>Null: set-up has not run to its end, or one of the two has a prepared database and the other has none.</returns>
    public DeploymentInputs? Named(DeploymentInputs running) =>
        running.PreparedDatabase == request.PreparedDatabase && _machine.Named(request.Topology.SynapseImage) is { } images
            ? Inputs(request.PreparedDatabase ? PreparedDatabase.Named(images) : images, request.PreparedDatabase)
            : null;

    private DeploymentInputs Inputs(ImageSet images, bool prepared) =>
        new() { Images = images, PreparedDatabase = prepared, HostPrefix = request.HostPrefix };
}
