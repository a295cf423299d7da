using System.Globalization;
using System.Text;
using SynapseLab.Catalogue;
using SynapseLab.Topologies;
using SynapseLab.Yaml.Shapes;

namespace SynapseLab.Tests.Topologies;

/// <summary>Tables in Markdown of everything that a topology may say.</summary>
internal static class TopologyReference
{
    public static string Markdown()
    {
        var text = new StringBuilder();
        Mapping(text, "The file", TopologyShape.File);
        text.Append("## Roles\n\n| role | what it does | listener | has to be named in |\n|---|---|---|---|\n");
        foreach (var role in WorkerRoles.All)
        {
            var listener = role.Resources.Count > 0 ? string.Join(", ", role.Resources) : "health only";
            var named = role.NeedsListingIn is { } option ? $"`{option}`" : "";
            text.Append(CultureInfo.InvariantCulture, $"| `{role.Name}` | {role.Description} | {listener} | {named} |\n");
        }

        text.Append("\n## Streams\n\n| stream | writers | role |\n|---|---|---|\n");
        foreach (var stream in StreamRule.All)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{stream.Name}` | {(stream.ManyWriters ? "one or more" : "exactly one")} | "
                    + $"{(stream.ServesRequests ? "`stream_writer`" : "`event_persister` or `stream_writer`")} |\n");
        }

        return text.Append('\n').ToString();
    }

    private static void Mapping(StringBuilder text, string title, MappingShape shape)
    {
        text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{shape.Description}\n\n| key | what it is | value |\n|---|---|---|\n");
        foreach (var key in shape.Keys)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{key.Name}`{(key.Missing is null ? "" : " (required)")} | {key.Shape.Description} | {Value(key.Shape)} |\n");
        }

        text.Append('\n');
        foreach (var key in shape.Keys)
        {
            switch (key.Shape)
            {
                // Limits stand in several places and are told once, under main.
                case MappingShape nested when title != "A worker" || key.Name != "limits":
                    Mapping(text, Title(key.Name), nested);
                    break;
                case DictionaryShape { Value: MappingShape nested } when key.Name != "limits":
                    Mapping(text, Title(key.Name), nested);
                    break;
            }
        }
    }

    private static string Title(string key) => key switch
    {
        "homeservers" => "A homeserver",
        "workers" => "A worker",
        "limits" => "Limits",
        _ => $"`{key}`",
    };

    private static string Value(Shape shape) => shape switch
    {
        TextShape text => text.Says ?? "text",
        NumberShape number =>
            string.Create(CultureInfo.InvariantCulture, $"{(number.Whole ? "whole number" : "number")}, {number.Min} to {number.Max}"),
        ChoiceShape choice =>
            choice.Choices.Count > 8 ? $"a {choice.What}, see below" : string.Join(", ", choice.Choices.Select(word => $"`{word.Word}`")),
        NamesShape => "a name or a list of names",
        DictionaryShape dictionary => $"by {dictionary.KeyName}: {Value(dictionary.Value)}",
        FreeMappingShape => "mapping",
        _ => "mapping, see below",
    };
}
