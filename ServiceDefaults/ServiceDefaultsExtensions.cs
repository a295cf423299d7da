using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;

namespace SynapseLab.ServiceDefaults;

/// <summary>What every web service of the lab's own has, by Aspire's convention for a ServiceDefaults project.</summary>
public static class ServiceDefaultsExtensions
{
    private const string Live = "live";

    /// <summary>Adds health checks, telemetry (where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to, as Aspire does) and
    /// the standard resilience of <c>Microsoft.Extensions.Http.Resilience</c> for every HttpClient of the factory.</summary>
    /// <param name="builder">The service under construction.</param>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        builder.Services.ConfigureHttpClientDefaults(client => client.AddStandardResilienceHandler(options =>
        {
            // A homeserver is told once: what is not safe to repeat (RFC 9110, 9.2.2) is never sent again.
            options.Retry.DisableForUnsafeHttpMethods();
            options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        }));
        Telemetry.AddTo(builder);
        return builder;
    }

    /// <summary>Sends what telemetry is still to be sent, for programs that end: disposal alone gives up after 5 s, and takes the last
    /// lines of a busy machine with it.</summary>
    /// <param name="services">The service's.</param>
    /// <param name="within">How long each of logs, traces and metrics may take; nobody waits longer than the receiver needs.</param>
    public static void FlushTelemetry(this IServiceProvider services, TimeSpan within) =>
        Telemetry.Flush(services, (int)within.TotalMilliseconds);

    /// <summary>Maps <c>/health</c> (ready to serve: every check) and <c>/alive</c> (runs: its own check only).</summary>
    /// <param name="application">The service.</param>
    public static IEndpointRouteBuilder MapDefaultEndpoints(this IEndpointRouteBuilder application)
    {
        application.MapHealthChecks("/health");
        application.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        return application;
    }
}
