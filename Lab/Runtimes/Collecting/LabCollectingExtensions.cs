namespace SynapseLab.Runtimes.Collecting;

/// <summary>What is kept of a lab for whoever looks after it is gone.</summary>
public static class LabCollectingExtensions
{
    /// <summary>
    /// Keeps what tells how the lab fared, for whoever looks after it is gone: logs of all parts, the proxy's access log,
    /// every process's metrics, configuration, status and versions; docs/ci.md has the layout. No secret is in it.
    /// </summary>
    /// <param name="lab">The lab, or what is left of it.</param>
    /// <param name="folder">Where to; made where it is not there. The files are as this process makes files, for others to read as well:
    /// they are to be passed on.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What could not be had and why: <c>metrics of generic_worker2: killed since 12:03:41 UTC by ./lab kill generic_worker2</c>.
    /// All else is there.</returns>
    /// <exception cref="LabException">The folder has something in it already, or can't be written (exit code 2).</exception>
    public static Task<IReadOnlyList<Problem>> CollectAsync(
        this RunningLab lab, string folder, CancellationToken cancellationToken = default) =>
        new LabCollector(lab, folder).RunAsync(cancellationToken);
}
