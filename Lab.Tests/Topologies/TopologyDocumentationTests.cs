using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SynapseLab.Tests.Deployments;
using SynapseLab.Topologies;
using SynapseLab.Yaml.Shapes;
using Xunit;

namespace SynapseLab.Tests.Topologies;

/// <summary>The JSON schema and the reference part of docs/topologies.md come from the tables that files are checked with.</summary>
public sealed partial class TopologyDocumentationTests
{
    private const string Documentation = "docs/topologies.md";

    [Fact]
    public void The_json_schema_is_what_the_tables_say() =>
        Snapshot.MatchRepositoryFile(JsonSchema.Write("Synapse worker lab: topology", TopologyShape.File), "docs/topology.schema.json");

    [Fact]
    public void The_reference_in_the_documentation_is_what_the_tables_say()
    {
        var text = File.ReadAllText(Path.Combine(KnownTopologies.Root, Documentation));
        Assert.Matches(Generated(), text);
        Snapshot.MatchRepositoryFile(
            Generated().Replace(text, match => match.Groups[1].Value + TopologyReference.Markdown() + match.Groups[2].Value),
            Documentation);
    }

    [Fact]
    public void Every_example_in_the_documentation_is_a_topology()
    {
        var text = File.ReadAllText(Path.Combine(KnownTopologies.Root, Documentation));
        var examples = Example().Matches(text);
        Assert.NotEmpty(examples);
        Assert.All(examples, example => TopologyText.Read(example.Groups[1].Value));
    }

    [Fact]
    public void The_schema_knows_every_role_and_requires_main()
    {
        var schema = JsonNode.Parse(JsonSchema.Write("", TopologyShape.File))!;
        var homeserver = schema["properties"]!["homeservers"]!["additionalProperties"]!;
        Assert.Equal(["main"], homeserver["required"]!.AsArray().Select(name => name!.GetValue<string>()));
        var roles = homeserver["properties"]!["workers"]!["additionalProperties"]!["properties"]!["role"]!["oneOf"]!.AsArray();
        Assert.Equal(WorkerRoles.All.Select(role => role.Name), roles.Select(role => role!["const"]!.GetValue<string>()));
    }

    [Fact]
    public void Every_deployment_that_the_lab_was_made_after_names_topologies_that_exist_and_every_topology_can_be_read()
    {
        var text = File.ReadAllText(Path.Combine(KnownTopologies.Root, Documentation));
        var rows = Origins().Match(text).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2).ToArray();
        Assert.True(rows.Length >= 4, $"{rows.Length} rows");
        Assert.All(rows, row =>
        {
            var named = TopologyLink().Matches(row.Split('|')[3]);
            Assert.NotEmpty(named);
            Assert.All(named, link =>
            {
                Assert.Equal(link.Groups[1].Value, link.Groups[2].Value);
                KnownTopologies.Library.Load(link.Groups[1].Value);
            });
        });
    }

    [GeneratedRegex("## What the topologies come from\n.*?\n\n(\\|.*?)\n\n", RegexOptions.Singleline)]
    private static partial Regex Origins();

    // [`reference`](../topologies/reference.yaml)
    [GeneratedRegex("\\[`([a-z-]+)`\\]\\(\\.\\./topologies/([a-z-]+)\\.yaml\\)")]
    private static partial Regex TopologyLink();

    [GeneratedRegex("(<!-- reference: made from Lab/Model/Topologies/TopologyShape.cs -->\n).*(<!-- end -->)", RegexOptions.Singleline)]
    private static partial Regex Generated();

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
