using Microsoft.Extensions.Configuration;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Resource.V1;
using SynapseLab.Hosting.Telemetry;
using Xunit;

namespace SynapseLab.Tests.Telemetry;

/// <summary>To whom the processes' metrics and log records are handed on, and how.</summary>
public sealed class OtlpSenderTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private OtlpReceiver _receiver = null!;

    public async Task InitializeAsync() => _receiver = await OtlpReceiver.StartAsync();

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_gRPC_and_over_HTTP_they_come_with_the_key(bool http)
    {
        using var sender = new OtlpSender(new OtlpTarget(http ? _receiver.Http : _receiver.Grpc, http, [new("x-otlp-api-key", "a key")]));

        Assert.Null(
            await sender.TrySendAsync(
                new ExportMetricsServiceRequest { ResourceMetrics = { new ResourceMetrics { Resource = Service("hs1") } } },
                None));
        Assert.Null(
            await sender.TrySendAsync(
                new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { Resource = Service("hs2") } } },
                None));

        Assert.Equal("hs1", Assert.Single(_receiver.Metrics).Resource.Attributes[0].Value.StringValue);
        Assert.Equal("hs2", Assert.Single(_receiver.Logs).Resource.Attributes[0].Value.StringValue);
        Assert.Equal(["a key", "a key"], _receiver.Keys);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_nobody_is_any_more_that_is_said_and_is_no_error(bool http)
    {
        using var sender = new OtlpSender(new OtlpTarget(new Uri("http://127.0.0.1:1"), http, []));

        Assert.NotNull(await sender.TrySendAsync(new ExportMetricsServiceRequest(), None));
        Assert.NotNull(await sender.TrySendAsync(new ExportLogsServiceRequest(), None));
    }

    [Fact]
    public void Nobody_listens_where_there_is_neither_a_dashboard_nor_an_address() =>
        Assert.Null(OtlpTarget.Find(Settings(), hasDashboard: false));

    [Fact]
    public void The_dashboard_listens_with_its_own_key_even_where_the_environment_names_somebody_else()
    {
        var target = OtlpTarget.Find(
            Settings(
                ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://127.0.0.1:1"),
                ("AppHost:OtlpApiKey", "k"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:2")),
            hasDashboard: true);

        Assert.Equal((1, false), (target!.Endpoint.Port, target.IsHttp));
        Assert.Equal([new("x-otlp-api-key", "k")], target.Headers);
    }

    [Fact]
    public void Without_a_dashboard_the_environment_says_who_listens_how_and_with_which_headers()
    {
        var target = OtlpTarget.Find(
            Settings(
                ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://127.0.0.1:1"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:2"),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20YQ==, tenant=lab")),
            hasDashboard: false);

        Assert.Equal((2, true), (target!.Endpoint.Port, target.IsHttp));
        Assert.Equal([new("authorization", "Basic YQ=="), new("tenant", "lab")], target.Headers);
    }

    private static IConfiguration Settings(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build();

    private static Resource Service(string name) => new() { Attributes = { ProcessResource.Text("service.name", name) } };
}
