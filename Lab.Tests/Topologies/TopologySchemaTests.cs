using System.Text.Json;
using Json.Schema;
using SynapseLab.Tests.Deployments;
using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>docs/topology.schema.json as an editor reads it, on whole files, checked by JsonSchema.Net.</summary>
public sealed class TopologySchemaTests
{
    private static readonly JsonSchema Schema = JsonSchema.FromFile(Path.Combine(KnownTopologies.Root, "docs", "topology.schema.json"));

    public static TheoryData<string> Names => KnownTopologies.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_topology_of_the_repository_fits_the_schema(string name) =>
        Assert.Empty(Marks(File.ReadAllText(Path.Combine(KnownTopologies.Root, "topologies", $"{name}.yaml"))));

    [Theory]
    [InlineData("description: nothing else", "")]
    [InlineData("homeservers: {}", "/homeservers")]
    [InlineData("homeservers: {hs1.test: {}}", "/homeservers/hs1.test")]
    [InlineData("homeservers: {HS1.test: {main: {}}}", "/homeservers/HS1.test")]
    [InlineData("wrong: 1\nhomeservers: {hs1.test: {main: {}}}", "/wrong")]
    [InlineData("packing: two\nhomeservers: {hs1.test: {main: {}}}", "/packing")]
    [InlineData("sockets: pipes\nhomeservers: {hs1.test: {main: {}}}", "/sockets")]
    [InlineData("synapse: {version: latest}\nhomeservers: {hs1.test: {main: {}}}", "/synapse/version")]
    [InlineData("homeservers: {hs1.test: {main: {}, workers: {w: {count: 2}}}}", "/homeservers/hs1.test/workers/w")]
    [InlineData("homeservers: {hs1.test: {main: {}, workers: {w: {role: nothing}}}}", "/homeservers/hs1.test/workers/w/role")]
    [InlineData("homeservers: {hs1.test: {main: {}, workers: {w: {role: generic_worker, count: 61}}}}", "/homeservers/hs1.test/workers/w/count")]
    [InlineData("homeservers: {hs1.test: {main: {}, workers: {w: {role: generic_worker, count: many}}}}", "/homeservers/hs1.test/workers/w/count")]
    [InlineData("homeservers: {hs1.test: {main: {limits: {cpus: 0}}}}", "/homeservers/hs1.test/main/limits/cpus")]
    [InlineData("homeservers: {hs1.test: {main: {}, stream_writers: {nothing: main}}}", "/homeservers/hs1.test/stream_writers/nothing")]
    [InlineData("homeservers: {hs1.test: {main: {}, options: {redis: {}}}}", "/homeservers/hs1.test/options/redis")]
    [InlineData("homeservers: {hs1.test: {main: {}}}\nproxy: {affinity: {sync: moon}}", "/proxy/affinity/sync")]
    public void A_wrong_file_is_marked_at_its_place_and_the_lab_refuses_it_too(string text, string place)
    {
        Assert.Equal(place, Marks(text).MaxBy(mark => mark.Length));
        TopologyText.Problems(text);
    }

    // Places that do not fit, with those around them: "", "/homeservers", "/homeservers/hs1.test".
    private static IEnumerable<string> Marks(string text)
    {
        var problems = new FileProblems("my.yaml");
        var root = YamlText.Parse(text, problems);
        Assert.True(problems.None);
        var value = JsonSerializer.SerializeToElement(YamlValues.ToValue(root!));
        var result = Schema.Evaluate(value, new EvaluationOptions { OutputFormat = OutputFormat.List });
        // Of several choices all but one do not fit where all is well.
        return result.IsValid ? [] : result.Details!.Where(detail => !detail.IsValid).Select(detail => detail.InstanceLocation.ToString());
    }
}
