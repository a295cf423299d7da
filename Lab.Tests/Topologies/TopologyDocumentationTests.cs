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
        Snapshot.MatchRepositoryFile(Generated().Replace(text, match => match.Groups[1].Value + TopologyReference.Markdown() + match.Groups[2].Value), Documentation);
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

    [GeneratedRegex("(<!-- reference: made from Lab/Topologies/TopologyShape.cs -->\n).*(<!-- end -->)", RegexOptions.Singleline)]
    private static partial Regex Generated();

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
