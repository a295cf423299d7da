using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Health;

namespace SynapseLab.Runtimes;

/// <summary>Reads the metrics of a lab's processes from the processes themselves.</summary>
/// <param name="deployment">The lab.</param>
/// <param name="parts">Asks.</param>
internal sealed class LabMetrics(Deployment deployment, PartClient parts)
{
    /// <summary>What a process says, in Prometheus's text format.</summary>
    /// <exception cref="LabException">It does not answer (exit code 1).</exception>
    public async Task<string> TextAsync(SynapseProcess process, CancellationToken cancellationToken)
    {
        try
        {
            return await parts.MetricsTextAsync(process, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw None(process, e.Message.TrimEnd('.'), e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // HttpClient's own time-out: the process is frozen or hangs.
            throw None(process, "no answer in time", e);
        }
    }

    /// <summary>See <see cref="RunningLab.TakenUpAsync"/>.</summary>
    public Task TakenUpAsync(CancellationToken cancellationToken) => Task.WhenAll(deployment.Processes.Select(async process =>
    {
        try
        {
            await parts.AnswersAsync(process, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It is dead or frozen, and takes up nothing.
        }
    }));

    private LabException None(SynapseProcess process, string why, Exception inner) =>
        LabException.Failed($"{process.Id} gives no metrics: {why}", fix: $"See {ToType.On(deployment.LabName, "status")}", inner: inner);
}
