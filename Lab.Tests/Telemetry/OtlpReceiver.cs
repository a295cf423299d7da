using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace SynapseLab.Tests.Telemetry;

/// <summary>Somebody who listens for telemetry on loopback, over HTTP and over gRPC, and keeps what came.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    // The names of the methods in opentelemetry/proto/collector/metrics/v1/metrics_service.proto and .../logs/v1/logs_service.proto.
    private const string GrpcMetrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    private const string GrpcLogs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<(string Path, byte[] Body, string? Key)> _taken = [];

    private OtlpReceiver(WebApplication server) => _server = server;

    /// <summary>For <c>http/protobuf</c>.</summary>
    public Uri Http => new(_server.Urls.First());

    /// <summary>For gRPC, without TLS.</summary>
    public Uri Grpc => new(_server.Urls.Last());

    /// <summary>Values of <c>x-otlp-api-key</c>, in the order of the requests.</summary>
    public IEnumerable<string?> Keys => _taken.Select(one => one.Key);

    /// <summary>Metrics that came, a resource each.</summary>
    public IEnumerable<ResourceMetrics> Metrics =>
        _taken
            .Where(one => one.Path is "/v1/metrics" or GrpcMetrics)
            .SelectMany(one => ExportMetricsServiceRequest.Parser.ParseFrom(one.Body).ResourceMetrics);

    /// <summary>Log records that came, a resource each time.</summary>
    public IEnumerable<ResourceLogs> Logs =>
        _taken
            .Where(one => one.Path is "/v1/logs" or GrpcLogs)
            .SelectMany(one => ExportLogsServiceRequest.Parser.ParseFrom(one.Body).ResourceLogs);

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, options => options.Protocols = HttpProtocols.Http2);
        });
        var server = builder.Build();
        var receiver = new OtlpReceiver(server);
        server.Run(receiver.TakeAsync);
        await server.StartAsync();
        return receiver;
    }

    /// <summary>Whether something of a kind came that has a text in it: in protobuf a text is its UTF-8.</summary>
    /// <param name="kind"><c>traces</c>, <c>logs</c> or <c>metrics</c>.</param>
    /// <param name="text">The text.</param>
    public bool Has(string kind, string text) =>
        _taken.Any(one => one.Path == $"/v1/{kind}" && one.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var bytes = body.ToArray();
        var isGrpc = context.Request.ContentType == "application/grpc";
        // A gRPC message has a byte that says whether it is compressed, and its length in four, before it.
        var message = isGrpc ? bytes[5..(5 + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1)))] : bytes;
        _taken.Enqueue((context.Request.Path, message, context.Request.Headers["x-otlp-api-key"].FirstOrDefault()));
        context.Response.ContentType = context.Request.ContentType;
        if (isGrpc)
        {
            await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }
}
