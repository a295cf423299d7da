using SynapseLab.Deployments;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Operations;

public sealed class MemoryLimitTests
{
    private const string Text = """
        homeservers:
          hs1.test:
            main: {limits: {memory: 512MiB}}
            workers:
              generic_worker:
                role: generic_worker
                count: 1
                limits:
                  memory: 125MiB
        limits:
          postgres: {memory: 1GiB}

        """;

    [Theory]
    [InlineData("main", 512, "homeservers.hs1.test.main.limits.memory", "mine.yaml:3")]
    [InlineData("generic_worker1", 125, "homeservers.hs1.test.workers.generic_worker.limits.memory", "mine.yaml:9")]
    [InlineData("postgres", 1024, "limits.postgres.memory", "mine.yaml:11")]
    public void A_limit_names_the_key_that_a_user_set_it_with_and_its_line(string container, int mebibytes, string key, string where) =>
        Assert.Equal(new MemoryLimit((long)mebibytes << 20, key, where), Of(container, Text));

    [Fact]
    public void A_container_without_a_limit_has_none() => Assert.Null(Of("redis", Text));

    [Fact]
    public void Where_the_file_is_not_known_the_key_is_named_all_the_same() =>
        Assert.Equal("Raise limits.postgres.memory", Of("postgres", "")!.Fix);

    [Fact]
    public void One_of_125_MiB_is_near_at_124_and_not_at_100()
    {
        var limit = new MemoryLimit(125L << 20, "", null);

        Assert.True(limit.IsNear(124L << 20));
        Assert.False(limit.IsNear(100L << 20));
    }

    private static MemoryLimit? Of(string container, string text)
    {
        var deployment = DeploymentBuilder.Build(TopologyFile.Parse("mine.yaml", Text).Topology!, new DeploymentInputs());
        return MemoryLimit.Of(deployment, deployment.Containers.Single(one => one.Name == container), text);
    }
}
