using System.Text;

namespace SynapseLab.Proxies;

/// <summary>Writes configuration text with blocks, indentation and LF line ends.</summary>
internal sealed class ConfigText
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>A line at the present depth; an empty line stays empty.</summary>
    public ConfigText Line(string line = "")
    {
        if (line.Length > 0)
        {
            _text.Append(' ', _depth * 4).Append(line);
        }

        _text.Append('\n');
        return this;
    }

    /// <summary>Several lines.</summary>
    public ConfigText Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Line(line);
        }

        return this;
    }

    /// <summary>A line for each item.</summary>
    public ConfigText Lines<T>(IEnumerable<T> items, Func<T, string> lineOf) => Lines(items.Select(lineOf));

    /// <summary>A comment; each line gets the hash sign.</summary>
    public ConfigText Comment(params string[] lines) => Lines(lines.Select(line => $"# {line}"));

    /// <summary>A block in braces.</summary>
    public ConfigText Block(string head, Action<ConfigText> body)
    {
        Line($"{head} {{");
        Indent(body);
        return Line("}");
    }

    /// <summary>A section whose lines stand deeper than its head.</summary>
    public ConfigText Section(string head, Action<ConfigText> body)
    {
        Line(head);
        Indent(body);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private void Indent(Action<ConfigText> body)
    {
        _depth++;
        body(this);
        _depth--;
    }
}
