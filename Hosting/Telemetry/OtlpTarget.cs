using Microsoft.Extensions.Configuration;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>Somebody who listens for telemetry.</summary>
/// <param name="Endpoint">Where: <c>http://127.0.0.1:4317</c>.</param>
/// <param name="IsHttp">Whether it takes <c>http/protobuf</c>; else gRPC.</param>
/// <param name="Headers">What every request carries.</param>
internal sealed record OtlpTarget(Uri Endpoint, bool IsHttp, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    /// <summary>Aspire's dashboard where the application has it, else whoever <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names;
    /// null: nobody listens.</summary>
    /// <param name="configuration">The application's, with its environment.</param>
    /// <param name="hasDashboard">Whether it starts the dashboard.</param>
    public static OtlpTarget? Find(IConfiguration configuration, bool hasDashboard)
    {
        // Aspire's docs, "AppHost configuration"; it makes the key itself.
        var grpc = configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"];
        if (hasDashboard && Address(grpc ?? configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"]) is { } dashboard)
        {
            return new OtlpTarget(
                dashboard,
                grpc is null,
                configuration["AppHost:OtlpApiKey"] is { } key ? [KeyValuePair.Create("x-otlp-api-key", key)] : []);
        }

        // OpenTelemetry's "OTLP Exporter Configuration": headers are name=value,name=value, values percent-encoded.
        return Address(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) is { } endpoint
            ? new OtlpTarget(
                endpoint,
                configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf",
                [.. HeadersOf(configuration["OTEL_EXPORTER_OTLP_HEADERS"] ?? "")])
            : null;
    }

    private static IEnumerable<KeyValuePair<string, string>> HeadersOf(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(header => header.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .Select(pair => KeyValuePair.Create(pair[0], Uri.UnescapeDataString(pair[1])));

    private static Uri? Address(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null;
}
