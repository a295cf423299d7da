using SynapseLab.Hosting.Model;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>Hands on what the Synapse processes of a deployment tell of themselves while it runs. Where nobody
/// listens, nothing is read.</summary>
/// <param name="what">What it hands on, for people: <c>the processes' metrics</c>.</param>
/// <param name="plan">The deployment.</param>
/// <param name="model">The application, which may have the dashboard.</param>
/// <param name="configuration">The application's.</param>
/// <param name="notifications">Tells when the deployment runs.</param>
/// <param name="log">Where it is told that nobody takes it.</param>
internal abstract class TelemetryExport(
    string what,
    SynapseDeployment plan,
    DistributedApplicationModel model,
    IConfiguration configuration,
    ResourceNotificationService notifications,
    ILogger log) : BackgroundService
{
    // The name that Aspire gives it (KnownResourceNames, which it keeps to itself).
    private const string Dashboard = "aspire-dashboard";

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // A start has better use for the CPU.
            await notifications.WaitForResourceAsync(plan.Root.Name, KnownResourceStates.Running, stoppingToken);
            if (OtlpTarget.Find(configuration, model.Resources.Any(resource => resource.Name == Dashboard)) is { } target)
            {
                using var sender = new OtlpSender(target);
                await ExportAsync(sender, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }

    /// <summary>Reads and sends until it is cancelled.</summary>
    protected abstract Task ExportAsync(OtlpSender sender, CancellationToken cancellationToken);

    /// <summary>Sends one after the other, at most one in an interval, and tells once where they are not taken any more.</summary>
    /// <param name="sendAsync">Reads and sends; see <see cref="OtlpSender"/> for what comes back.</param>
    /// <param name="interval">Between two of them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    protected async Task RepeatAsync(Func<Task<string?>> sendAsync, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, TimeProvider.System);
        var trouble = default(string);
        do
        {
            var before = trouble;
            trouble = await sendAsync();
            if (trouble is not null && before is null)
            {
                log.LogWarning("{What} were not taken: {Trouble}", what, trouble);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
