using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using OpenTelemetry.Proto.Collector.Metrics.V1;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>Hands metrics on.</summary>
/// <param name="target">To whom.</param>
internal sealed class OtlpMetricsSender(OtlpTarget target) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { Timeout = Limit };
    private readonly Lazy<GrpcChannel> _channel = new(() => GrpcChannel.ForAddress(target.Endpoint, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null },
        DisposeHttpClient = true,
    }));

    /// <summary>Sends it, once.</summary>
    /// <returns>Null: taken. Else why not; what is missing now comes with the next one, since counters count from the beginning.</returns>
    public async Task<string?> TrySendAsync(ExportMetricsServiceRequest metrics, CancellationToken cancellationToken)
    {
        try
        {
            if (target.IsHttp)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target.Endpoint, "/v1/metrics")) { Content = new ByteArrayContent(metrics.ToByteArray()) };
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

            await new MetricsService.MetricsServiceClient(_channel.Value).ExportAsync(metrics, headers, DateTime.UtcNow + Limit, cancellationToken);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        if (_channel.IsValueCreated)
        {
            _channel.Value.Dispose();
        }
    }
}
