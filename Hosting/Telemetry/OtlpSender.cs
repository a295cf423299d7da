using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>Hands metrics and log records on. Each is sent once; what comes back is null where it was taken, else why not.</summary>
/// <param name="target">To whom.</param>
internal sealed class OtlpSender(OtlpTarget target) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(Handler()) { Timeout = Limit };
    private readonly Lazy<GrpcChannel> _channel = new(() =>
        GrpcChannel.ForAddress(target.Endpoint, new GrpcChannelOptions { HttpHandler = Handler(), DisposeHttpClient = true }));

    /// <summary>Sends metrics; what is missing now comes with the next ones, since counters count from the beginning.</summary>
    public Task<string?> TrySendAsync(ExportMetricsServiceRequest metrics, CancellationToken cancellationToken)
    {
        return TrySendAsync("/v1/metrics", metrics, CallAsync, cancellationToken);

        async Task CallAsync(CallOptions options) =>
            await new MetricsService.MetricsServiceClient(_channel.Value).ExportAsync(metrics, options);
    }

    /// <summary>Sends log records.</summary>
    public Task<string?> TrySendAsync(ExportLogsServiceRequest logs, CancellationToken cancellationToken)
    {
        return TrySendAsync("/v1/logs", logs, CallAsync, cancellationToken);

        async Task CallAsync(CallOptions options) =>
            await new LogsService.LogsServiceClient(_channel.Value).ExportAsync(logs, options);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        if (_channel.IsValueCreated)
        {
            _channel.Value.Dispose();
        }
    }

    private static SocketsHttpHandler Handler() => new() { UseProxy = false, ActivityHeadersPropagator = null };

    private async Task<string?> TrySendAsync(
        string path, IMessage message, Func<CallOptions, Task> callAsync, CancellationToken cancellationToken)
    {
        try
        {
            if (target.IsHttp)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target.Endpoint, path));
                request.Content = new ByteArrayContent(message.ToByteArray());
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
                foreach (var (name, value) in target.Headers)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }

                using var response = await _http.SendAsync(request, cancellationToken);
                return response.IsSuccessStatusCode ? null : $"HTTP {(int)response.StatusCode}";
            }

            var headers = new Metadata();
            foreach (var (name, value) in target.Headers)
            {
                headers.Add(name, value);
            }

            await callAsync(new CallOptions(headers, DateTime.UtcNow + Limit, cancellationToken));
            return null;
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            return e.Status.Detail;
        }
        catch (Exception e) when ((e is HttpRequestException or OperationCanceledException) && !cancellationToken.IsCancellationRequested)
        {
            return e.Message;
        }
    }
}
