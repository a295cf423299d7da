using System.Text.Json;
using System.Text.RegularExpressions;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests;

/// <summary>The fields of docs/json.md: a table for each verb, under a heading of the command.</summary>
internal static partial class DocumentedJson
{
    // Of which a healthy lab has none.
    private static readonly string[] InTrouble =
        ["failure[]", "parts[].needs[]", "parts[].faults[]", "parts[].faults[].kind", "parts[].faults[].since", "parts[].faults[].by"];

    // Keyed by names that are no fields.
    private static readonly string[] Keyed = ["containers"];

    /// <summary>What is printed has the documented fields and no others.</summary>
    /// <param name="heading">Heading of the table: <c>user --json</c>.</param>
    /// <param name="printed">The object.</param>
    public static void Has(string heading, JsonElement printed)
    {
        var section = File.ReadAllText(Path.Combine(LabRoot.Find().Path, "docs", "json.md"))
            .Split("\n## ")
            .Single(text => text.StartsWith(heading + "\n", StringComparison.Ordinal));
        var documented = Field().Matches(section).Select(match => match.Groups["field"].Value);
        Assert.Equal(
            documented.Except(InTrouble).Order(StringComparer.Ordinal),
            Fields(printed, "").Except(InTrouble).Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Fields(JsonElement element, string at) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
        {
            var path = Keyed.Contains(at) ? $"{at}.*" : at.Length == 0 ? member.Name : $"{at}.{member.Name}";
            return (Keyed.Contains(at) || member.Value.ValueKind == JsonValueKind.Array ? [] : (string[])[path]).Concat(
                Fields(member.Value, path));
        }),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Fields(item, $"{at}[]")).Prepend($"{at}[]"),
        _ => [],
    };

    // | `parts[].name` | as the verbs take it |
    [GeneratedRegex(@"^\| `(?<field>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Field();
}
