using SynapseLab.Hosting.Model;
using SynapseLab.Hosting.Lifecycle;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SynapseLab.Deployments;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>Follows the logs of the containers with Synapse processes from their beginning on, and hands their lines on as log records
/// (<see cref="ProcessLogs"/>).</summary>
internal sealed class ProcessLogsExport(
    SynapseDeployment plan,
    SynapseLifecycle lifecycle,
    DistributedApplicationModel model,
    IConfiguration configuration,
    ResourceNotificationService notifications,
    ILogger<ProcessLogsExport> log) : TelemetryExport("the processes' log records", plan, model, configuration, notifications, log)
{
    // As OpenTelemetry's own batches (OTEL_BLRP_SCHEDULE_DELAY and OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, "Environment Variable Specification").
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int Most = 512;

    private readonly SynapseDeployment _plan = plan;

    /// <inheritdoc/>
    protected override async Task ExportAsync(OtlpSender sender, CancellationToken cancellationToken)
    {
        var logs = new ProcessLogs(_plan.Deployment, Most);
        var following = _plan.Deployment.Containers
            .Where(container => container.Kind is ContainerKind.Homeserver or ContainerKind.Main or ContainerKind.Worker)
            .Select(container => lifecycle.Lab.FollowAsync(container, line => logs.Add(container.Name, line), cancellationToken));
        var sending = RepeatAsync(SendAsync, Interval, cancellationToken);
        await Task.WhenAll(following.Append(sending));

        async Task<string?> SendAsync() => logs.Take() is { } records ? await sender.TrySendAsync(records, cancellationToken) : null;
    }
}
