using System.Net;
using Polly;
using Polly.Retry;

namespace SynapseLab.ServiceDefaults;

/// <summary>Sends a request again that a server which is just starting or restarting could not take: three more times, with growing random
/// pauses. Only methods that may be repeated (RFC 9110, 9.2.2), and only refused connections and 502, 503, 504.</summary>
/// <param name="time">The clock of the pauses.</param>
public sealed class RetryHandler(TimeProvider time) : DelegatingHandler
{
    private static readonly HttpMethod[] Idempotent = [HttpMethod.Get, HttpMethod.Head, HttpMethod.Options, HttpMethod.Put, HttpMethod.Delete];

    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromMilliseconds(100),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = new PredicateBuilder<HttpResponseMessage>()
                .Handle<HttpRequestException>(e => e.HttpRequestError is HttpRequestError.ConnectionError)
                .HandleResult(response => response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout),
            OnRetry = outcome =>
            {
                outcome.Outcome.Result?.Dispose();
                return default;
            },
        })
        .Build();

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Idempotent.Contains(request.Method)
            ? await _pipeline.ExecuteAsync(async token => await base.SendAsync(request, token), cancellationToken)
            : await base.SendAsync(request, cancellationToken);
}
