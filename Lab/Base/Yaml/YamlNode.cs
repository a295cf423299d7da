namespace SynapseLab.Yaml;

/// <summary>A piece of a YAML file that remembers its line.</summary>
/// <param name="Line">Line in the file, from 1.</param>
public abstract record YamlNode(int Line)
{
    /// <summary>What a user calls it: <c>a mapping</c>, <c>a list</c>, <c>text</c>, <c>a number</c>.</summary>
    public abstract string Kind { get; }

    // Nodes in this one, itself included, aliases counted as often as they are used: what a walk over it would visit.
    internal abstract int Size { get; }
}

/// <summary>A scalar.</summary>
/// <param name="Line">Line in the file, from 1.</param>
/// <param name="Text">Its text, without quotes.</param>
/// <param name="Plain">Whether it stood without quotes, so that <c>true</c> or <c>3</c> are more than text.</param>
public sealed record YamlScalar(int Line, string Text, bool Plain) : YamlNode(Line)
{
    /// <inheritdoc/>
    public override string Kind => YamlValues.ToValue(this) switch
    {
        null => "nothing",
        bool => "true or false",
        long or double => "a number",
        _ => "text",
    };

    internal override int Size => 1;
}

/// <summary>A list.</summary>
/// <param name="Line">Line in the file, from 1.</param>
/// <param name="Items">Its items.</param>
public sealed record YamlList(int Line, IReadOnlyList<YamlNode> Items) : YamlNode(Line)
{
    /// <inheritdoc/>
    public override string Kind => "a list";

    internal override int Size { get; } = 1 + Items.Sum(item => item.Size);
}

/// <summary>A mapping. Keys are unique: the second of a pair was reported and left out.</summary>
/// <param name="Line">Line in the file, from 1.</param>
/// <param name="Entries">Its entries in file order.</param>
public sealed record YamlMapping(int Line, IReadOnlyList<YamlEntry> Entries) : YamlNode(Line)
{
    /// <inheritdoc/>
    public override string Kind => "a mapping";

    internal override int Size { get; } = 1 + Entries.Sum(entry => 1 + entry.Value.Size);

    /// <summary>The value under a key, or null.</summary>
    public YamlNode? this[string key] => Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
}

/// <summary>One entry of a mapping.</summary>
/// <param name="Key">The key's text.</param>
/// <param name="Line">The key's line, from 1.</param>
/// <param name="Value">The value.</param>
public sealed record YamlEntry(string Key, int Line, YamlNode Value);
