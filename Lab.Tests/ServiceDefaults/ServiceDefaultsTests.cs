using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using SynapseLab.ServiceDefaults;
using Xunit;

namespace SynapseLab.Tests.ServiceDefaults;

public sealed class ServiceDefaultsTests : IAsyncLifetime
{
    private readonly WebApplication _service = Service();
    private HealthStatus _status = HealthStatus.Healthy;
    private int _requests;

    public async Task InitializeAsync()
    {
        _service.MapDefaultEndpoints();
        // Serves from the third request on.
        _service.Map("/flaky", () => Results.StatusCode(Interlocked.Increment(ref _requests) < 3 ? 503 : 200));
        _service.Services.GetRequiredService<Changeable>().Status = () => _status;
        await _service.StartAsync();
    }

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task A_healthy_service_says_so(string path) =>
        Assert.Equal(HttpStatusCode.OK, (await Client().GetAsync(path)).StatusCode);

    [Fact]
    public async Task A_service_whose_peer_is_away_is_alive_but_not_healthy()
    {
        _status = HealthStatus.Unhealthy;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await new HttpClient { BaseAddress = Address() }.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Client().GetAsync("/alive")).StatusCode);
    }

    [Fact]
    public async Task A_GET_that_meets_a_server_just_starting_is_sent_again()
    {
        Assert.Equal(HttpStatusCode.OK, (await Client().GetAsync("/flaky")).StatusCode);
        Assert.Equal(3, _requests);
    }

    [Fact]
    public async Task A_POST_is_sent_once_only()
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Client().PostAsync("/flaky", null)).StatusCode);
        Assert.Equal(1, _requests);
    }

    private HttpClient Client()
    {
        var client = _service.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.BaseAddress = Address();
        return client;
    }

    private Uri Address() => new(_service.Urls.Single());

    private static WebApplication Service()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.Services.AddHttpClient();
        builder.Services.AddSingleton<Changeable>();
        builder.Services.AddHealthChecks().AddCheck<Changeable>("peer");
        return builder.Build();
    }

    private sealed class Changeable : IHealthCheck
    {
        public Func<HealthStatus> Status { get; set; } = () => HealthStatus.Healthy;

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(new HealthCheckResult(Status()));
    }
}
