using SynapseLab.Plans;
using SynapseLab.Runtimes;
using SynapseLab.Waiting;

namespace SynapseLab.Hosting.Model;

/// <summary>What the model's resources ask of the lab that runs behind them.</summary>
internal interface IPreparedLab
{
    /// <summary>The checks of the processes in a container, or of the proxy.</summary>
    /// <param name="container">Its name in the deployment.</param>
    IReadOnlyList<Condition> ChecksOf(string container);

    /// <summary>The check of a homeserver: clients reach it.</summary>
    IReadOnlyList<Condition> ChecksOf(Homeserver homeserver);

    /// <summary>The lab as it runs; the caller disposes it.</summary>
    /// <exception cref="LabException">It does not run yet, or no more (exit code 2).</exception>
    Task<RunningLab> AttachAsync(CancellationToken cancellationToken);
}
