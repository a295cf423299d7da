using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SynapseLab.Tests.Topologies;

/// <summary>What an editor would complain about: the keywords of JSON schema (draft 2020-12) that docs/topology.schema.json uses; any other fails the test.</summary>
internal static class JsonSchemaCheck
{
    /// <summary>Every place that does not fit: <c>/homeservers/hs1.test: lacks 'main'</c>.</summary>
    /// <param name="schema">A schema.</param>
    /// <param name="value">Null, bool, long, double, string, <see cref="IReadOnlyList{T}"/> or <see cref="IReadOnlyDictionary{TKey, TValue}"/>.</param>
    /// <param name="place">Where the value is.</param>
    public static IEnumerable<string> Of(JsonObject schema, object? value, string place = "") => schema.SelectMany(keyword => Of(schema, keyword.Key, keyword.Value!, value, place));

    private static IEnumerable<string> Of(JsonObject schema, string keyword, JsonNode argument, object? value, string place)
    {
        var map = value as IReadOnlyDictionary<string, object?>;
        return keyword switch
        {
            "$schema" or "title" or "description" => [],
            "type" => Check(Types(argument).Any(type => Is(type, value)), place, $"is not {argument.ToJsonString()}"),
            "const" => Check(value is string text && text == argument.GetValue<string>(), place, $"is not '{argument}'"),
            "enum" => Check(value is string text && argument.AsArray().Any(word => word!.GetValue<string>() == text), place, "is none of the enum"),
            "pattern" => Check(value is not string text || Regex.IsMatch(text, argument.GetValue<string>()), place, $"does not match {argument}"),
            "minimum" => Check(Number(value) is not { } number || number >= argument.GetValue<double>(), place, $"is below {argument}"),
            "maximum" => Check(Number(value) is not { } number || number <= argument.GetValue<double>(), place, $"is above {argument}"),
            "not" => Check(Of(argument.AsObject(), value, place).Any(), place, "is what it must not be"),
            "oneOf" => Check(argument.AsArray().Count(choice => !Of(choice!.AsObject(), value, place).Any()) == 1, place, "is not exactly one of the choices"),
            "items" => value is IReadOnlyList<object?> list ? list.SelectMany((item, index) => Of(argument.AsObject(), item, $"{place}/{index}")) : [],
            "required" => argument.AsArray().SelectMany(name => Check(map?.ContainsKey(name!.GetValue<string>()) ?? true, place, $"lacks '{name}'")),
            "minProperties" => Check(map is null || map.Count >= argument.GetValue<int>(), place, "has too few keys"),
            "properties" => map?.Where(entry => argument[entry.Key] is not null).SelectMany(entry => Of(argument[entry.Key]!.AsObject(), entry.Value, $"{place}/{entry.Key}")) ?? [],
            "propertyNames" => map?.Keys.SelectMany(key => Of(argument.AsObject(), key, $"{place}/{key}")) ?? [],
            "additionalProperties" => map?.Where(entry => schema["properties"]?[entry.Key] is null).SelectMany(entry => argument.GetValueKind() == JsonValueKind.False
                ? [$"{place}: unknown key '{entry.Key}'"]
                : Of(argument.AsObject(), entry.Value, $"{place}/{entry.Key}")) ?? [],
            _ => throw new ArgumentOutOfRangeException(nameof(keyword), keyword, "a keyword that is not checked here"),
        };
    }

    private static IEnumerable<string> Check(bool fits, string place, string problem) => fits ? [] : [$"{place}: {problem}"];

    private static IEnumerable<string> Types(JsonNode argument) => argument is JsonArray several ? several.Select(type => type!.GetValue<string>()) : [argument.GetValue<string>()];

    private static double? Number(object? value) => value switch { long whole => whole, double number => number, _ => null };

    private static bool Is(string type, object? value) => type switch
    {
        "null" => value is null,
        "string" => value is string,
        "integer" => value is long || (value is double number && double.IsInteger(number)),
        "number" => Number(value) is not null,
        "array" => value is IReadOnlyList<object?>,
        "object" => value is IReadOnlyDictionary<string, object?>,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "a type that is not checked here"),
    };
}
