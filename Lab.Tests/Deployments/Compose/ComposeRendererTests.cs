using SynapseLab.Deployments;
using SynapseLab.Deployments.Compose;
using SynapseLab.Tests.Topologies;
using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.Deployments.Compose;

/// <summary>Rules of the Compose file; whole files are compared in <see cref="ComposeFolderTests"/>.</summary>
public sealed class ComposeRendererTests
{
    public static TheoryData<string> Names => KnownTopologies.Names;

    private static IReadOnlyDictionary<string, object?> Services(string compose) =>
        Map(Map(Parse(compose))["services"]);

    private static object? Parse(string compose)
    {
        var problems = new FileProblems("docker-compose.yaml");
        var node = YamlText.Parse(compose, problems);
        Assert.Empty(problems.InOrder());
        return YamlValues.ToValue(node!);
    }

    private static IReadOnlyDictionary<string, object?> Map(object? value) =>
        Assert.IsAssignableFrom<IReadOnlyDictionary<string, object?>>(value);

    [Theory]
    [InlineData("reference")]
    [InlineData("every-role")]
    public void The_whole_file_of_a_lab_that_the_lab_itself_starts_on_a_prepared_database_is_as_reviewed(string topology) =>
        Snapshot.Match(
            ComposeRenderer.Render(KnownTopologies.Build(topology, new DeploymentInputs { PreparedDatabase = true, LabName = "mine" })),
            $"Deployments/{topology}.prepared.yaml");

    private static string Render(string text, bool prepared) =>
        ComposeRenderer.Render(DeploymentBuilder.Build(TopologyText.Read(text), new DeploymentInputs { PreparedDatabase = prepared }));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_container_is_a_service_with_the_labels_that_find_it_again(string topology)
    {
        var deployment = KnownTopologies.Build(topology);
        var services = Services(ComposeRenderer.Render(deployment));
        Assert.Equal(deployment.Containers.Select(container => container.Name), services.Keys);
        Assert.All(services, service =>
        {
            var labels = Map(Map(service.Value)["labels"]);
            Assert.Equal(topology, labels["synapse-lab.name"]);
            Assert.Equal(service.Key, labels["synapse-lab.container"]);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_published_port_is_on_loopback(string topology) =>
        Assert.All(
            Services(ComposeRenderer.Render(KnownTopologies.Build(topology))).Values
                .SelectMany(service => Map(service).TryGetValue("ports", out var ports) ? (IReadOnlyList<object?>)ports! : []),
            port => Assert.StartsWith("127.0.0.1:", (string)port!, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_restarts_by_itself(string topology) =>
        Assert.All(Services(ComposeRenderer.Render(KnownTopologies.Build(topology))).Values, service =>
            Assert.False(Map(service).ContainsKey("restart")));

    [Fact]
    public void The_engine_looks_at_health_only_where_a_container_waits_for_it()
    {
        const string Topology = "homeservers: {hs1.test: {main: {}}}";
        var waiting = Map(Map(Services(Render(Topology, prepared: false))["main"])["healthcheck"]);
        var free = Map(Map(Services(Render(Topology, prepared: true))["main"])["healthcheck"]);
        Assert.Equal(["CMD", "sh", "/config/health.sh", "8008:9290"], (IReadOnlyList<object?>)waiting["test"]!);
        Assert.Equal(true, free["disable"]);
    }

    [Fact]
    public void Limits_are_written_as_compose_wants_them()
    {
        var main = Map(Services(Render("homeservers: {hs1.test: {main: {limits: {cpus: 0.5, memory: 1GiB}}}}", prepared: true))["main"]);
        Assert.Equal(0.5, main["cpus"]);
        Assert.Equal("1024m", main["mem_limit"]);
    }

    [Fact]
    public void HAProxy_as_the_lab_s_own_proxy_has_its_image_its_files_and_the_same_ports()
    {
        var deployment = DeploymentBuilder.Build(
            TopologyText.Read("homeservers: {hs1.test: {main: {}}}\nproxy: {kind: haproxy}"),
            new DeploymentInputs());

        Snapshot.Match(ComposeRenderer.Render(deployment), "Deployments/haproxy/docker-compose.yaml");
        Assert.Contains(ComposeRenderer.RenderProject(deployment), file => file.Path == "proxy/haproxy.cfg");
        Assert.DoesNotContain(ComposeRenderer.RenderProject(deployment), file => file.Path == "proxy/nginx.conf");
    }

    [Fact]
    public void A_dollar_sign_is_not_taken_for_a_variable_of_compose()
    {
        var deployment = KnownTopologies.Build("monolith");
        var main = deployment.Containers[1] with { Command = ["echo", "$HOME"] };
        Assert.Contains(
            "command: [echo, $$HOME]",
            ComposeRenderer.Render(deployment with { Containers = [deployment.Containers[0], main, deployment.Containers[2]] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_of_several_lines_stays_a_comment() =>
        Assert.Contains(
            "# One. Two: three\n",
            Render("description: |\n  One.\n  Two: three\nhomeservers: {hs1.test: {main: {}}}\n", prepared: true),
            StringComparison.Ordinal);
}
