using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Metrics.V1;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>
/// Reads the metrics of every Synapse process of a deployment while it runs, and hands on what an operator watches (<see cref="MetricFamily.Watched"/>).
/// Where nobody listens, nothing is read.
/// </summary>
internal sealed class ProcessMetricsExport(
    SynapseDeployment plan,
    SynapseLifecycle lifecycle,
    DistributedApplicationModel model,
    IConfiguration configuration,
    ResourceNotificationService notifications,
    ILogger<ProcessMetricsExport> log) : BackgroundService
{
    // The name that Aspire gives it (KnownResourceNames, which it keeps to itself).
    private const string Dashboard = "aspire-dashboard";

    // In milliseconds, as OpenTelemetry has it ("Environment Variable Specification").
    private const string IntervalVariable = "OTEL_METRIC_EXPORT_INTERVAL";

    // A process takes some ten milliseconds of its CPU to write its metrics down.
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // A start has better use for the CPU.
            await notifications.WaitForResourceAsync(plan.Root.Name, KnownResourceStates.Running, stoppingToken);
            if (OtlpTarget.Find(configuration, model.Resources.Any(resource => resource.Name == Dashboard)) is { } target)
            {
                await ExportAsync(target, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }

    private async Task ExportAsync(OtlpTarget target, CancellationToken cancellationToken)
    {
        using var sender = new OtlpMetricsSender(target);
        using var timer = new PeriodicTimer(Interval(), TimeProvider.System);
        var trouble = default(string);
        do
        {
            var request = new ExportMetricsServiceRequest();
            var processes = plan.Deployment.Homeservers.SelectMany(homeserver => homeserver.Processes.Select(process => (homeserver, process)));
            request.ResourceMetrics.Add((await Task.WhenAll(processes.Select(one => TryReadAsync(one.homeserver, one.process, cancellationToken)))).OfType<ResourceMetrics>());
            var before = trouble;
            trouble = await sender.TrySendAsync(request, cancellationToken);
            if (trouble is not null && before is null)
            {
                log.LogWarning("the processes' metrics were not taken by {Endpoint}: {Trouble}", target.Endpoint, trouble);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private TimeSpan Interval() => int.TryParse(configuration[IntervalVariable], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0
        ? TimeSpan.FromMilliseconds(milliseconds)
        : Usual;

    // Who is killed or frozen has none.
    private async Task<ResourceMetrics?> TryReadAsync(Homeserver homeserver, SynapseProcess process, CancellationToken cancellationToken)
    {
        try
        {
            return await lifecycle.MetricsAsync(process, cancellationToken) is { } metrics ? ProcessMetrics.Of(homeserver, process, metrics, TimeProvider.System.GetUtcNow()) : null;
        }
        catch (Exception e) when (e is HttpRequestException or EngineException or LabException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
