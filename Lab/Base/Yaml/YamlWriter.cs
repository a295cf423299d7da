using System.Globalization;
using System.Text;

namespace SynapseLab.Yaml;

/// <summary>Writes YAML that PyYAML reads back as it was meant: entries in the order given, comments before them,
/// short values on one line.</summary>
public sealed class YamlWriter
{
    // Beyond this a value is broken into lines; a page of the file stays readable beside its comments.
    private const int Width = 100;
    private const int CommentWidth = 120;

    private readonly StringBuilder _text = new();

    /// <summary>Comments, each beginning on a line of its own; long ones are broken between words.</summary>
    public YamlWriter Comment(params string[] comments)
    {
        foreach (var comment in comments)
        {
            var line = "#";
            foreach (var word in comment.Split(' '))
            {
                if (line.Length + 1 + word.Length > CommentWidth)
                {
                    _text.Append(line).Append('\n');
                    line = "#";
                }

                line += $" {word}";
            }

            _text.Append(line.TrimEnd()).Append('\n');
        }

        return this;
    }

    /// <summary>An empty line.</summary>
    public YamlWriter Blank()
    {
        _text.Append('\n');
        return this;
    }

    /// <summary>An entry of the file's mapping.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">Null, bool, number, text, list or mapping, as <see cref="YamlValues.ToValue"/> gives them.</param>
    /// <param name="depth">Its indentation; more than 0 inside a <see cref="Head"/>.</param>
    public YamlWriter Entry(string key, object? value, int depth = 0)
    {
        WriteEntry(key, value, depth, 0);
        return this;
    }

    /// <summary>A key whose entries follow one by one.</summary>
    public YamlWriter Head(string key)
    {
        _text.Append(Scalar(key)).Append(":\n");
        return this;
    }

    /// <inheritdoc/>
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
        YamlVerbatim verbatim => verbatim.Text,
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
        YamlAnchored => null,
        IReadOnlyDictionary<string, object?> { Count: 0 } => "{}",
        IReadOnlyList<object?> { Count: 0 } => "[]",
        IReadOnlyDictionary<string, object?> mapping => nested
            ? null
            : Join("{", mapping.Select(entry => Flow(entry.Value, true) is { } text ? $"{Scalar(entry.Key)}: {text}" : null), "}"),
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
        _text.Append(' ', depth - column).Append(key == "<<" ? key : Scalar(key)).Append(':');
        if (value is YamlAnchored anchored)
        {
            _text.Append(" &").Append(anchored.Name);
            value = anchored.Value;
        }
        else if (Flow(value) is { } flow && (value is not (IReadOnlyDictionary<string, object?> or IReadOnlyList<object?>) || depth + key.Length + 2 + flow.Length <= Width))
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

/// <summary>Text that is written as it is, such as an alias: <c>*synapse</c>.</summary>
/// <param name="Text">The text.</param>
public sealed record YamlVerbatim(string Text);

/// <summary>A mapping or list with an anchor, so that others can refer to it.</summary>
/// <param name="Name">The anchor's name.</param>
/// <param name="Value">The mapping or list; not empty.</param>
public sealed record YamlAnchored(string Name, object Value);
