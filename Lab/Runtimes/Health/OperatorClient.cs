using System.Net;
using SynapseLab.Evidence;

namespace SynapseLab.Runtimes.Health;

/// <summary>Asks Synapse processes for health and metrics through the operator's listener of the proxy, which sees every process and which only this machine sees.</summary>
public sealed class OperatorClient : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>A client of one lab.</summary>
    /// <param name="operatorUri">Endpoint <c>operator</c> of the deployment: <c>http://127.0.0.1:8090</c>.</param>
    public OperatorClient(Uri operatorUri) =>
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) })
        {
            BaseAddress = operatorUri,
            // Longer than a busy reactor takes, shorter than anybody wants to wait for one look.
            Timeout = TimeSpan.FromSeconds(10),
        };

    /// <summary>Status of <c>/health</c> of a process: 200 once it listens (synapse/rest/health.py); 502 or 504 from the proxy while it does not.</summary>
    /// <exception cref="HttpRequestException">The proxy itself does not answer.</exception>
    public async Task<HttpStatusCode> HealthAsync(string processId, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync($"/health/{processId}", cancellationToken);
        return response.StatusCode;
    }

    /// <summary>Status of main's <c>/health</c> as a client gets it, on the public listener: the proxy finds processes by name there by itself, up to a second after they are there.</summary>
    /// <param name="client">Endpoint <c>client</c> of a homeserver.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <exception cref="HttpRequestException">The proxy itself does not answer.</exception>
    public async Task<HttpStatusCode> ClientHealthAsync(Uri client, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(client, "/health"), cancellationToken);
        return response.StatusCode;
    }

    /// <summary>Metrics of a process now.</summary>
    /// <exception cref="HttpRequestException">The process or the proxy does not answer.</exception>
    public async Task<MetricsSnapshot> MetricsAsync(string processId, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync($"/metrics/{processId}", cancellationToken);
        response.EnsureSuccessStatusCode();
        return MetricsSnapshot.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
