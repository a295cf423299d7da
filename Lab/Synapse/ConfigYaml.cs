using System.Globalization;
using System.Text;
using SynapseLab.Yaml;

namespace SynapseLab.Synapse;

/// <summary>Writes YAML that PyYAML reads back as it was meant: entries in the order given, comments before them, short values on one line.</summary>
internal sealed class ConfigYaml
{
    // Beyond this a value is broken into lines; a page of the file stays readable beside its comments.
    private const int Width = 100;

    private readonly StringBuilder _text = new();

    public ConfigYaml Comment(params string[] lines)
    {
        foreach (var line in lines)
        {
            _text.Append("# ").Append(line).Append('\n');
        }

        return this;
    }

    public ConfigYaml Blank()
    {
        _text.Append('\n');
        return this;
    }

    /// <summary>An entry of the file's mapping.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">Null, bool, number, text, list or mapping, as <see cref="YamlValues.ToValue"/> gives them.</param>
    public ConfigYaml Entry(string key, object? value)
    {
        WriteEntry(key, value, 0, 0);
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>A scalar as PyYAML reads it back.</summary>
    public static string Scalar(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        int number => number.ToString(CultureInfo.InvariantCulture),
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Decimal(number),
        string text => YamlValues.NeedsQuotes(text) ? Quoted(text) : text,
        _ => throw new ArgumentOutOfRangeException(nameof(value), value.GetType().Name, "no scalar of YAML"),
    };

    // PyYAML takes 1e+20 for text; with a point it is a number.
    private static string Decimal(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        if (text.Contains('.', StringComparison.Ordinal))
        {
            return text;
        }

        var exponent = text.IndexOf('E', StringComparison.Ordinal);
        return exponent < 0 ? text + ".0" : text.Insert(exponent, ".0");
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(c) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    // The value on one line, or null where it has more than a glance can take in.
    private static string? Flow(object? value, bool nested = false) => value switch
    {
        IReadOnlyDictionary<string, object?> { Count: 0 } => "{}",
        IReadOnlyList<object?> { Count: 0 } => "[]",
        IReadOnlyDictionary<string, object?> mapping => nested ? null : Join("{", mapping.Select(entry => Flow(entry.Value, true) is { } text ? $"{Scalar(entry.Key)}: {text}" : null), "}"),
        IReadOnlyList<object?> list => Join("[", list.Select(item => Flow(item, true)), "]"),
        _ => Scalar(value),
    };

    private static string? Join(string open, IEnumerable<string?> parts, string close)
    {
        var all = parts.ToArray();
        return all.Contains(null) ? null : open + string.Join(", ", all) + close;
    }

    // "depth" is the column of the entry's own key; "column" is where the cursor stands already (after "- ").
    private void WriteEntry(string key, object? value, int depth, int column)
    {
        _text.Append(' ', depth - column).Append(Scalar(key)).Append(':');
        if (Flow(value) is { } flow && (value is not (IReadOnlyDictionary<string, object?> or IReadOnlyList<object?>) || depth + key.Length + 2 + flow.Length <= Width))
        {
            _text.Append(' ').Append(flow).Append('\n');
            return;
        }

        _text.Append('\n');
        WriteBlock(value, depth + 2, 0);
    }

    private void WriteBlock(object? value, int depth, int column)
    {
        if (value is IReadOnlyDictionary<string, object?> mapping)
        {
            foreach (var (key, item) in mapping)
            {
                WriteEntry(key, item, depth, column);
                column = 0;
            }

            return;
        }

        foreach (var item in (IReadOnlyList<object?>)value!)
        {
            _text.Append(' ', depth - column).Append("- ");
            column = 0;
            if (Flow(item) is { } flow && depth + 2 + flow.Length <= Width)
            {
                _text.Append(flow).Append('\n');
            }
            else
            {
                WriteBlock(item, depth + 2, depth + 2);
            }
        }
    }
}
