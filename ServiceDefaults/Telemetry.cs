using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace SynapseLab.ServiceDefaults;

/// <summary>Traces, metrics and logs over OTLP, to where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says; none where it says nothing. Aspire
/// sets it for the services that it starts.</summary>
internal static class Telemetry
{
    // What the lab's libraries measure and trace, without knowing whether anybody listens.
    private const string Own = "SynapseLab.*";

    public static void AddTo(IHostApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return;
        }

        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddMeter(Own)
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation())
            .WithTracing(tracing => tracing
                .AddSource(builder.Environment.ApplicationName, Own)
                // Without HttpClient's own: requests of scenarios are spans already, with their request ID, and reading
                // evidence would bury them.
                .AddAspNetCoreInstrumentation())
            .UseOtlpExporter();
    }

    public static void Flush(IServiceProvider services, int milliseconds)
    {
        services.GetService<LoggerProvider>()?.ForceFlush(milliseconds);
        services.GetService<TracerProvider>()?.ForceFlush(milliseconds);
        services.GetService<MeterProvider>()?.ForceFlush(milliseconds);
    }
}
