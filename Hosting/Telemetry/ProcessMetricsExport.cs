using SynapseLab.Hosting.Model;
using SynapseLab.Hosting.Lifecycle;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Metrics.V1;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>Reads the metrics of every Synapse process, and hands on what an operator watches
/// (<see cref="MetricFamily.Watched"/>).</summary>
internal sealed class ProcessMetricsExport(
    SynapseDeployment plan,
    SynapseLifecycle lifecycle,
    DistributedApplicationModel model,
    IConfiguration configuration,
    ResourceNotificationService notifications,
    ILogger<ProcessMetricsExport> log) : TelemetryExport("the processes' metrics", plan, model, configuration, notifications, log)
{
    // In milliseconds, as OpenTelemetry has it ("Environment Variable Specification").
    private const string IntervalVariable = "OTEL_METRIC_EXPORT_INTERVAL";

    // A process takes some ten milliseconds of its CPU to write its metrics down.
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(15);

    private readonly SynapseDeployment _plan = plan;
    private readonly IConfiguration _configuration = configuration;

    /// <inheritdoc/>
    protected override Task ExportAsync(OtlpSender sender, CancellationToken cancellationToken) => RepeatAsync(
        async () =>
        {
            var request = new ExportMetricsServiceRequest();
            var processes = _plan.Deployment.Homeservers
                .SelectMany(homeserver => homeserver.Processes.Select(process => (homeserver, process)));
            var read = await Task.WhenAll(processes.Select(one => TryReadAsync(one.homeserver, one.process, cancellationToken)));
            request.ResourceMetrics.Add(read.OfType<ResourceMetrics>());
            return await sender.TrySendAsync(request, cancellationToken);
        },
        Interval(),
        cancellationToken);

    private TimeSpan Interval()
    {
        var given = _configuration[IntervalVariable];
        return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0
            ? TimeSpan.FromMilliseconds(milliseconds)
            : Usual;
    }

    // Who is killed or frozen has none.
    private async Task<ResourceMetrics?> TryReadAsync(Homeserver homeserver, SynapseProcess process, CancellationToken cancellationToken)
    {
        try
        {
            return await lifecycle.Lab.MetricsAsync(process, cancellationToken) is { } metrics
                ? ProcessMetrics.Of(homeserver, process, metrics, TimeProvider.System.GetUtcNow())
                : null;
        }
        catch (Exception e) when (e is HttpRequestException or EngineException or LabException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
