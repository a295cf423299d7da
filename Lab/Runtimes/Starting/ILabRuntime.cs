using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Runtimes.Starting;

/// <summary>Starts and removes the containers of a deployment: Docker Compose, or Testcontainers in its module. Everything else about a
/// running lab (verbs, logs, metrics, SQL) goes through <c>RunningLab</c> and is the same on each.</summary>
public interface ILabRuntime
{
    /// <summary>Name for <c>--runtime</c>: <c>compose</c>.</summary>
    string Name { get; }

    /// <summary>Starts every container. Returns when the engine has started them, not when they are healthy.</summary>
    /// <param name="deployment">What to start.</param>
    /// <param name="folder">The lab's folder with all files and secrets written.</param>
    /// <param name="cancellationToken">Ends the start; what was started stays for <see cref="RemoveAsync"/>.</param>
    /// <exception cref="LabException">The engine refused.</exception>
    Task StartAsync(Deployment deployment, LabFolder folder, CancellationToken cancellationToken);

    /// <summary>Removes containers, network and volumes; nothing is left. Does nothing where nothing is.</summary>
    Task RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken);
}
