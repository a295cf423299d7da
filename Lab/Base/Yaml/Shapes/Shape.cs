namespace SynapseLab.Yaml.Shapes;

/// <summary>
/// What may stand at a place of a YAML file. One table of shapes serves the check of a user's file (<see cref="ShapeCheck"/>),
/// the JSON schema that editors complete from (<see cref="JsonSchema"/>) and the documentation, so that they cannot disagree.
/// </summary>
/// <param name="Description">What it means, one or two sentences; shown by editors.</param>
public abstract record Shape(string Description);

/// <summary>Text, perhaps of a certain form.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="Pattern">A regular expression that the whole text matches, without anchors, in the subset that .NET and JSON schema share;
/// null: any.</param>
/// <param name="Says">What the pattern means, as in <c>has to be {Says}</c>.</param>
public sealed record TextShape(string Description, string? Pattern = null, string? Says = null) : Shape(Description);

/// <summary>A number.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="Min">The least.</param>
/// <param name="Max">The greatest.</param>
/// <param name="Whole">Whether it has to be whole.</param>
public sealed record NumberShape(string Description, double Min, double Max, bool Whole) : Shape(Description)
{
    /// <summary>Whether the least itself is too little.</summary>
    public bool AboveMin { get; init; }
}

/// <summary>A time with its unit, see <see cref="Durations"/>.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="Min">The shortest.</param>
/// <param name="Max">The longest.</param>
public sealed record DurationShape(string Description, TimeSpan Min, TimeSpan Max) : Shape(Description);

/// <summary><c>true</c> or <c>false</c>.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
public sealed record TruthShape(string Description) : Shape(Description);

/// <summary>One of some words.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="What">What the words are: <c>role</c>.</param>
/// <param name="Choices">The words, and what each means.</param>
public sealed record ChoiceShape(string Description, string What, IReadOnlyList<Choice> Choices) : Shape(Description);

/// <summary>A word of a <see cref="ChoiceShape"/>.</summary>
/// <param name="Word">The word.</param>
/// <param name="Description">What it means, one sentence.</param>
public sealed record Choice(string Word, string Description);

/// <summary>A name, or a list of names.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
public sealed record NamesShape(string Description) : Shape(Description);

/// <summary>A list with at least one item.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="ItemName">What an item is: <c>entry</c>.</param>
/// <param name="Item">What each item is like.</param>
public sealed record ListShape(string Description, string ItemName, Shape Item) : Shape(Description);

/// <summary>One of several shapes.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="Says">What they are together, as in <c>has to be {Says}</c>.</param>
/// <param name="Shapes">The shapes.</param>
public sealed record EitherShape(string Description, string Says, IReadOnlyList<Shape> Shapes) : Shape(Description);

/// <summary>A mapping with known keys. Nothing at all counts as an empty one.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="Keys">The keys, in the order in which people should write them.</param>
public sealed record MappingShape(string Description, IReadOnlyList<Key> Keys) : Shape(Description);

/// <summary>A key of a <see cref="MappingShape"/>.</summary>
/// <param name="Name">The key.</param>
/// <param name="Shape">What stands under it.</param>
/// <param name="Missing">Where the key has to be there: what is wrong when it is not, and what to do; null: optional.</param>
public sealed record Key(string Name, Shape Shape, (string What, string Fix)? Missing = null);

/// <summary>A mapping whose keys the user chooses, or chooses from a set.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="KeyName">What a key is: <c>stream</c>.</param>
/// <param name="KeyShape">A <see cref="TextShape"/> or <see cref="ChoiceShape"/>.</param>
/// <param name="Value">What stands under each key.</param>
public sealed record DictionaryShape(string Description, string KeyName, Shape KeyShape, Shape Value) : Shape(Description)
{
    /// <summary>Where at least one entry is needed: what is wrong otherwise, and what to do.</summary>
    public (string What, string Fix)? Empty { get; init; }
}

/// <summary>A mapping that goes as it is to another program.</summary>
/// <param name="Description">See <see cref="Shape"/>.</param>
/// <param name="Refused">Keys that may not stand in it, and what to do instead.</param>
public sealed record FreeMappingShape(string Description, IReadOnlyDictionary<string, string> Refused) : Shape(Description);
