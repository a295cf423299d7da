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
    public static TheoryData<string> Names => KnownTopologies.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_topology_has_these_resources_with_image_parent_waits_endpoints_and_health(string topology)
    {
        await using var application = Build(topology);

        var resources = application.Services.GetRequiredService<DistributedApplicationModel>().Resources;

        Snapshot.Match(string.Concat(resources.Where(resource => resource is not ParameterResource).Select(Describe)), $"Hosting/{topology}.txt");
    }

    [Fact]
    public async Task Without_a_prepared_database_main_waits_for_a_healthy_Postgres_and_workers_for_a_healthy_main()
    {
        await using var application = Build("reference", options => options with { EmptyDatabase = true });

        var resources = application.Services.GetRequiredService<DistributedApplicationModel>().Resources.ToDictionary(resource => resource.Name);

        Assert.Contains("postgres healthy", Waits(resources["main"]));
        Assert.Contains("main healthy", Waits(resources["generic-worker1"]));
    }

    [Fact]
    public async Task A_reference_gives_a_client_the_URL_the_server_name_and_the_registration_secret_in_Aspires_own_words()
    {
        var builder = NewBuilder();
        var bot = builder.AddExecutable("bot", "true", ".").WithReference(builder.AddSynapse("synapse", new SynapseOptions { Topology = "monolith" }));
        await using var application = builder.Build();

#pragma warning disable CS0618 // Its successor wants an execution configuration, which has nothing to say here: values are not resolved.
        var environment = await bot.Resource.GetEnvironmentVariableValuesAsync(DistributedApplicationOperation.Publish);
#pragma warning restore CS0618

        Assert.Equal("{synapse.connectionString}", environment["ConnectionStrings__synapse"]);
        Assert.Equal("{proxy.bindings.client.url}", environment["SYNAPSE_URI"]);
        Assert.Equal("hs1.test", environment["SYNAPSE_SERVERNAME"]);
        Assert.Equal("{hs1-registration-secret.value}", environment["SYNAPSE_REGISTRATIONSHAREDSECRET"]);
    }

    [Fact]
    public void A_topology_with_a_mistake_is_refused_with_file_and_line_when_it_is_added()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.yaml");
        File.WriteAllText(file, "homeservers:\n  hs1.test:\n    mian: {}\n");
        try
        {
            var error = Assert.Throws<LabException>(() => NewBuilder().AddSynapse("synapse", new SynapseOptions { Topology = file }));

            Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
            Assert.Contains($"{file}:3: ", error.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static DistributedApplication Build(string topology, Func<SynapseOptions, SynapseOptions>? change = null)
    {
        var builder = NewBuilder();
        var options = new SynapseOptions { Topology = topology };
        builder.AddSynapse("synapse", change?.Invoke(options) ?? options);
        return builder.Build();
    }

    private static IDistributedApplicationBuilder NewBuilder() => DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = [], DisableDashboard = true });

    private static string Describe(IResource resource)
    {
        var kind = resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal);
        var lines = new List<string> { $"{resource.Name}: {kind}" };
        if (resource.Annotations.OfType<ContainerImageAnnotation>().SingleOrDefault() is { } image)
        {
            lines.Add($"image {image.Image}:{image.Tag}");
        }

        lines.AddRange(resource.Annotations.OfType<ContainerNameAnnotation>().Select(name => $"container {name.Name}"));
        lines.AddRange(resource.Annotations.OfType<ResourceRelationshipAnnotation>().Where(relationship => relationship.Type == "Parent").Select(parent => $"below {parent.Resource.Name}"));
        lines.AddRange(Waits(resource).Select(wait => $"waits for {wait}"));
        lines.AddRange(resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => string.Create(
            CultureInfo.InvariantCulture, $"endpoint {endpoint.Name} {endpoint.UriScheme} {endpoint.TargetHost}:{endpoint.Port} -> {endpoint.TargetPort}{(endpoint.IsProxied ? " proxied" : "")}")));
        lines.AddRange(resource.Annotations.OfType<HealthCheckAnnotation>().Select(health => $"healthy by {health.Key}"));
        lines.AddRange(resource.Annotations.OfType<ResourceCommandAnnotation>().Where(command => !command.Name.StartsWith("resource-", StringComparison.Ordinal)).Select(command => $"command {command.Name}"));
        return string.Concat(lines.Select((line, i) => $"{(i == 0 ? "" : "  ")}{line}\n"));
    }

    private static IEnumerable<string> Waits(IResource resource) =>
        resource.Annotations.OfType<WaitAnnotation>().Select(wait => $"{wait.Resource.Name} {(wait.WaitType == WaitType.WaitUntilHealthy ? "healthy" : "started")}");
}
