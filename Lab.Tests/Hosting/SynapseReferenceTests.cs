using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Xunit;

namespace SynapseLab.Tests.Hosting;

/// <summary>What a bot, bridge or client is given by <c>WithReference</c>.</summary>
public sealed class SynapseReferenceTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder(
        new DistributedApplicationOptions { Args = [], DisableDashboard = true });

    [Fact]
    public async Task A_reference_gives_the_URL_the_server_name_and_the_registration_secret_in_Aspires_own_words()
    {
        var environment = await GivenByAsync(_builder.AddSynapse("hs1").WithTopology("reference"));

        Assert.Equal("{hs1.connectionString}", environment["ConnectionStrings__hs1"]);
        Assert.Equal("{hs1-proxy.bindings.client.url}", environment["HS1_URI"]);
        Assert.Equal("hs1.test", environment["HS1_SERVERNAME"]);
        Assert.Equal("{hs1-registration-secret.value}", environment["HS1_REGISTRATIONSHAREDSECRET"]);
    }

    [Fact]
    public async Task Each_homeserver_of_a_federation_is_referenced_by_itself()
    {
        var environment = await GivenByAsync(_builder.AddSynapseFederation("federation").WithTopology("federation").GetHomeserver("hs2"));

        Assert.Equal("{federation-proxy.bindings.client-hs2.url}", environment["HS2_URI"]);
        Assert.Equal("hs2.test", environment["HS2_SERVERNAME"]);
        Assert.Equal("{hs2-registration-secret.value}", environment["HS2_REGISTRATIONSHAREDSECRET"]);
    }

    [Fact]
    public async Task A_reference_that_was_made_before_the_topology_was_said_is_to_what_was_said()
    {
        var synapse = _builder.AddSynapse("hs1");
        var bot = Bot(synapse);
        synapse.WithWorkers("generic_worker", 2).WithServerName("matrix.example");

        Assert.Equal("matrix.example", (await EnvironmentOfAsync(bot))["HS1_SERVERNAME"]);
    }

    [Fact]
    public void The_secret_is_a_secret_parameter()
    {
        _builder.AddSynapse("hs1");

        Assert.True(_builder.Resources.OfType<ParameterResource>().Single(parameter => parameter.Name == "hs1-registration-secret").Secret);
    }

    [Fact]
    public void A_homeserver_that_a_federation_has_not_is_told_with_those_it_has()
    {
        var federation = _builder.AddSynapseFederation("federation").WithTopology("federation");

        var error = Assert.Throws<LabException>(() => federation.GetHomeserver("hs7"));

        Assert.StartsWith("'federation' has no homeserver 'hs7'. ", error.Message);
    }

    private Task<Dictionary<string, string>> GivenByAsync(IResourceBuilder<SynapseResource> synapse) => EnvironmentOfAsync(Bot(synapse));

    private IResourceBuilder<ExecutableResource> Bot(IResourceBuilder<SynapseResource> synapse) =>
        _builder.AddExecutable("bot", "true", ".").WithReference(synapse);

    private static async Task<Dictionary<string, string>> EnvironmentOfAsync(IResourceBuilder<ExecutableResource> bot) =>
#pragma warning disable CS0618 // Its successor wants an execution configuration, which has nothing to say here: values are not resolved.
        await bot.Resource.GetEnvironmentVariableValuesAsync(DistributedApplicationOperation.Publish);
#pragma warning restore CS0618
}
