using System.Text.Json.Nodes;
using SynapseLab.Tests.Deployments;
using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>docs/topology.schema.json as an editor reads it, on whole files.</summary>
public sealed class TopologySchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(File.ReadAllText(Path.Combine(KnownTopologies.Root, "docs", "topology.schema.json")))!.AsObject();

    public static TheoryData<string> Names => KnownTopologies.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_topology_of_the_repository_fits_the_schema(string name) =>
        Assert.Empty(Complaints(File.ReadAllText(Path.Combine(KnownTopologies.Root, "topologies", $"{name}.yaml"))));

    [Theory]
    [InlineData("description: nothing else", ": lacks 'homeservers'")]
    [InlineData("homeservers: {}", "/homeservers: has too few keys")]
    [InlineData("homeservers: {hs1.test: {}}", "/homeservers/hs1.test: lacks 'main'")]
    [InlineData("homeservers: {HS1.test: {main: {}}}", "/homeservers/HS1.test: does not match")]
    [InlineData("wrong: 1\nhomeservers: {hs1.test: {main: {}}}", ": unknown key 'wrong'")]
    [InlineData("packing: two\nhomeservers: {hs1.test: {main: {}}}", "/packing: is not exactly one of the choices")]
    [InlineData("sockets: pipes\nhomeservers: {hs1.test: {main: {}}}", "/sockets: is not exactly one of the choices")]
    [InlineData("synapse: {version: latest}\nhomeservers: {hs1.test: {main: {}}}", "/synapse/version: does not match")]
    [InlineData("homeservers: {hs1.test: {main: {}, workers: {w: {count: 2}}}}", "/homeservers/hs1.test/workers/w: lacks 'role'")]
    [InlineData("homeservers: {hs1.test: {main: {}, workers: {w: {role: nothing}}}}", "/homeservers/hs1.test/workers/w/role: is not exactly one of the choices")]
    [InlineData("homeservers: {hs1.test: {main: {}, workers: {w: {role: generic_worker, count: 61}}}}", "/homeservers/hs1.test/workers/w/count: is above 60")]
    [InlineData("homeservers: {hs1.test: {main: {}, workers: {w: {role: generic_worker, count: many}}}}", "/homeservers/hs1.test/workers/w/count: is not \"integer\"")]
    [InlineData("homeservers: {hs1.test: {main: {limits: {cpus: 0}}}}", "/homeservers/hs1.test/main/limits/cpus: is below 0.05")]
    [InlineData("homeservers: {hs1.test: {main: {}, stream_writers: {nothing: main}}}", "/homeservers/hs1.test/stream_writers: unknown key 'nothing'")]
    [InlineData("homeservers: {hs1.test: {main: {}, options: {redis: {}}}}", "/homeservers/hs1.test/options/redis: is what it must not be")]
    [InlineData("homeservers: {hs1.test: {main: {}}}\nproxy: {affinity: {sync: moon}}", "/proxy/affinity/sync: is not exactly one of the choices")]
    public void A_wrong_file_is_marked_at_its_place_and_the_lab_refuses_it_too(string text, string complaint)
    {
        Assert.StartsWith(complaint, Assert.Single(Complaints(text)), StringComparison.Ordinal);
        TopologyText.Problems(text);
    }

    private static IReadOnlyList<string> Complaints(string text)
    {
        var problems = new FileProblems("my.yaml");
        var root = YamlText.Parse(text, problems);
        Assert.True(problems.None);
        return [.. JsonSchemaCheck.Of(Schema, YamlValues.ToValue(root!))];
    }
}
