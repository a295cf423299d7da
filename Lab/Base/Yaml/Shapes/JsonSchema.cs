using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SynapseLab.Yaml.Shapes;

/// <summary>Writes a shape as JSON schema (draft 2020-12), for editors that complete and check YAML files.</summary>
internal static class JsonSchema
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema's text.</summary>
    /// <param name="title">What the file is.</param>
    /// <param name="shape">The shape of the whole file.</param>
    public static string Write(string title, Shape shape)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = title,
        };
        foreach (var (name, value) in Of(shape).ToArray())
        {
            schema[name] = value?.DeepClone();
        }

        return schema.ToJsonString(Readable) + "\n";
    }

    private static JsonObject Of(Shape shape)
    {
        var schema = new JsonObject { ["description"] = shape.Description };
        switch (shape)
        {
            case TextShape text:
                schema["type"] = "string";
                if (text.Pattern is not null)
                {
                    schema["pattern"] = $"^(?:{text.Pattern})$";
                }

                break;

            case NumberShape number:
                schema["type"] = number.Whole ? "integer" : "number";
                schema[number.AboveMin ? "exclusiveMinimum" : "minimum"] = number.Min;
                schema["maximum"] = number.Max;
                break;

            case DurationShape:
                schema["type"] = "string";
                schema["pattern"] = Durations.Pattern;
                break;

            case TruthShape:
                schema["type"] = "boolean";
                break;

            case ListShape list:
                schema["type"] = "array";
                schema["items"] = Of(list.Item);
                schema["minItems"] = 1;
                break;

            case EitherShape either:
                schema["anyOf"] = new JsonArray([.. either.Shapes.Select(Of)]);
                break;

            case ChoiceShape choice:
                schema["oneOf"] = new JsonArray(
                    [.. choice.Choices.Select(word => new JsonObject { ["const"] = word.Word, ["description"] = word.Description })]);
                break;

            case NamesShape:
                schema["type"] = new JsonArray("string", "array");
                schema["items"] = new JsonObject { ["type"] = "string" };
                break;

            case MappingShape mapping:
                schema["type"] = new JsonArray("object", "null");
                schema["properties"] = new JsonObject(
                    [.. mapping.Keys.Select(key => KeyValuePair.Create(key.Name, (JsonNode?)Of(key.Shape)))]);
                schema["additionalProperties"] = false;
                if (mapping.Keys.Any(key => key.Missing is not null))
                {
                    schema["type"] = "object";
                    schema["required"] = new JsonArray(
                        [.. mapping.Keys.Where(key => key.Missing is not null).Select(key => JsonValue.Create(key.Name))]);
                }

                break;

            case DictionaryShape { KeyShape: ChoiceShape keys } dictionary:
                schema["type"] = new JsonArray("object", "null");
                schema["properties"] = new JsonObject([.. keys.Choices.Select(key => KeyValuePair.Create(key.Word, (JsonNode?)Described(Of(dictionary.Value), key.Description)))]);
                schema["additionalProperties"] = false;
                break;

            case DictionaryShape dictionary:
                schema["type"] = new JsonArray("object", "null");
                schema["additionalProperties"] = Of(dictionary.Value);
                if (dictionary.KeyShape is TextShape { Pattern: { } pattern })
                {
                    schema["propertyNames"] = new JsonObject { ["pattern"] = $"^(?:{pattern})$" };
                }

                if (dictionary.Empty is not null)
                {
                    schema["type"] = "object";
                    schema["minProperties"] = 1;
                }

                break;

            case FreeMappingShape free:
                schema["type"] = new JsonArray("object", "null");
                schema["propertyNames"] = new JsonObject { ["not"] = new JsonObject { ["enum"] = new JsonArray([.. free.Refused.Keys.Order(StringComparer.Ordinal).Select(key => JsonValue.Create(key))]) } };
                break;

            default:
                throw new ArgumentOutOfRangeException(nameof(shape), shape.GetType().Name, null);
        }

        return schema;
    }

    private static JsonObject Described(JsonObject schema, string description)
    {
        schema["description"] = description;
        return schema;
    }
}
