using System.Globalization;
using System.Text.RegularExpressions;

namespace SynapseLab.Yaml;

/// <summary>
/// What scalars mean to PyYAML's safe loader, which reads Synapse's configuration: YAML 1.1,
/// where <c>no</c> is false and <c>1:30</c> is ninety.
/// </summary>
public static partial class YamlValues
{
    /// <summary>The value of a node: null, bool, long, double, string, <see cref="IReadOnlyList{T}"/> or
    /// <see cref="IReadOnlyDictionary{TKey, TValue}"/> from string.</summary>
    public static object? ToValue(YamlNode node) => node switch
    {
        YamlScalar scalar => scalar.Plain ? Plain(scalar.Text) : scalar.Text,
        YamlList list => list.Items.Select(ToValue).ToArray(),
        YamlMapping mapping => mapping.Entries.ToDictionary(entry => entry.Key, entry => ToValue(entry.Value)),
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    /// <summary>Whether this text, written without quotes, would be read as something else than text,
    /// or not as one scalar at all.</summary>
    public static bool NeedsQuotes(string text) =>
        !SafePlain().IsMatch(text) || Plain(text) is not string || LooksLikeYaml11Number().IsMatch(text);

    private static object? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => true,
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => false,
        _ when Integer().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ when Decimal().IsMatch(text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
        _ => text,
    };

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9]*)$")]
    private static partial Regex Integer();

    // PyYAML wants a point, and a sign in the exponent: 1e3 is text, 1.0e+3 is a number.
    [GeneratedRegex(@"^[-+]?[0-9]+\.[0-9]*([eE][-+][0-9]+)?$")]
    private static partial Regex Decimal();

    // Octal 0755, hexadecimal 0x1F, 1_000, sexagesimal 1:30, dates 2024-01-31.
    [GeneratedRegex(@"^[-+]?[0-9.][0-9a-fA-FxX_:.\-]*$")]
    private static partial Regex LooksLikeYaml11Number();

    [GeneratedRegex(@"^[A-Za-z0-9_/.@+$\-][A-Za-z0-9_/.@+$()<>*=%~ \-]*(?<! )$")]
    private static partial Regex SafePlain();
}
