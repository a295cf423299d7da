using SynapseLab.Hosting.Model;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using SynapseLab.Tests.Deployments;
using Xunit;

namespace SynapseLab.Tests.Hosting;

/// <summary>The resources of each topology, without starting any.</summary>
public sealed class SynapseModelTests
{
    private const string Digest = "41bfa2e5b168c6f8c7d0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6";

    public static TheoryData<string> Names => KnownTopologies.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_topology_has_these_resources_with_image_parent_waits_endpoints_and_health(string topology)
    {
        await using var application = Build(topology);

        Snapshot.Match(string.Concat(Resources(application).Select(Describe)), $"Hosting/{topology}.txt");
    }

    [Fact]
    public async Task Without_a_prepared_database_main_waits_for_a_healthy_Postgres_and_workers_for_a_healthy_main()
    {
        await using var application = Build("reference", synapse => synapse.WithEmptyDatabase());

        var resources = Resources(application).ToDictionary(resource => resource.Name);

        Assert.Contains("postgres healthy", Waits(resources["main"]));
        Assert.Contains("main healthy", Waits(resources["generic-worker1"]));
    }

    [Fact]
    public async Task A_homeserver_of_somebodys_application_has_its_containers_below_it_under_names_of_its_own()
    {
        var builder = NewBuilder();
        builder.AddContainer("postgres", "postgres");
        builder.AddSynapse("hs1").WithTopology("monolith");
        await using var application = builder.Build();

        Snapshot.Match(string.Concat(Resources(application).Select(Describe)), "Hosting/somebodys.txt");
    }

    [Theory]
    [InlineData("postgres:18", "postgres", "18", null)]
    [InlineData("127.0.0.1:5000/matrixdotorg/synapse:v1.160.0", "127.0.0.1:5000/matrixdotorg/synapse", "v1.160.0", null)]
    [InlineData($"registry.example/synapse@sha256:{Digest}", "registry.example/synapse", null, Digest)]
    public void An_image_is_Aspire_s_whatever_way_it_is_named(string reference, string image, string? tag, string? digest)
    {
        var builder = NewBuilder();
        var container = builder.AddContainer("main", "before", "1");

        ContainerResources.SetImage(container, KnownTopologies.Build("monolith").Containers[0] with { Image = reference });

        var set = Assert.Single(container.Resource.Annotations.OfType<ContainerImageAnnotation>());
        Assert.Equal((image, tag, digest), (set.Image, set.Tag, set.SHA256));
    }

    private static DistributedApplication Build(string topology, Action<IResourceBuilder<SynapseFederationResource>>? change = null)
    {
        var builder = NewBuilder();
        // As the lab's own AppHost.
        var synapse = builder.AddSynapseFederation("synapse").WithPlainNames().WithTopology(topology).WithLabName(topology);
        change?.Invoke(synapse);
        return builder.Build();
    }

    private static IDistributedApplicationBuilder NewBuilder() =>
        DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = [], DisableDashboard = true });

    private static IEnumerable<IResource> Resources(DistributedApplication application) =>
        application.Services
            .GetRequiredService<DistributedApplicationModel>().Resources
            .Where(resource => resource is not ParameterResource);

    private static string Describe(IResource resource)
    {
        var kind = resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal);
        var lines = new List<string> { $"{resource.Name}: {kind}" };
        if (resource.Annotations.OfType<ContainerImageAnnotation>().SingleOrDefault() is { } image)
        {
            lines.Add($"image {image.Image}:{image.Tag}");
        }

        lines.AddRange(resource.Annotations.OfType<ResourceIconAnnotation>().Select(icon => $"icon {icon.IconName}"));
        lines.AddRange(resource.Annotations.OfType<ContainerNetworkAliasAnnotation>().Select(alias => $"alias {alias.Alias}"));
        lines.AddRange(resource.Annotations.OfType<ContainerNameAnnotation>().Select(name => $"container {name.Name}"));
        lines.AddRange(
            resource.Annotations
                .OfType<ResourceRelationshipAnnotation>()
                .Where(relationship => relationship.Type == "Parent")
                .Select(parent => $"below {parent.Resource.Name}"));
        lines.AddRange(Waits(resource).Select(wait => $"waits for {wait}"));
        lines.AddRange(resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => string.Create(
            CultureInfo.InvariantCulture, $"endpoint {endpoint.Name} {endpoint.UriScheme} {endpoint.TargetHost}:{endpoint.Port} -> {endpoint.TargetPort}{(endpoint.IsProxied ? " proxied" : "")}")));
        lines.AddRange(resource.Annotations.OfType<HealthCheckAnnotation>().Select(health => $"healthy by {health.Key}"));
        lines.AddRange(
            resource.Annotations
                .OfType<ResourceCommandAnnotation>()
                .Where(command => !command.Name.StartsWith("resource-", StringComparison.Ordinal))
                .Select(command => $"command {command.Name}"));
        return string.Concat(lines.Select((line, i) => $"{(i == 0 ? "" : "  ")}{line}\n"));
    }

    private static IEnumerable<string> Waits(IResource resource) =>
        resource.Annotations
            .OfType<WaitAnnotation>()
            .Select(wait => $"{wait.Resource.Name} {(wait.WaitType == WaitType.WaitUntilHealthy ? "healthy" : "started")}");
}
