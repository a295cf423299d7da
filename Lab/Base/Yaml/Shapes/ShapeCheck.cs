using System.Globalization;
using System.Text.RegularExpressions;

namespace SynapseLab.Yaml.Shapes;

/// <summary>Compares a file with its shape and collects every difference.</summary>
public static class ShapeCheck
{
    /// <summary>Checks a node and all below it.</summary>
    /// <param name="name">What the node is called in problems: <c>'count'</c>, <c>the topology</c>.</param>
    /// <param name="node">The node.</param>
    /// <param name="shape">What may stand there.</param>
    /// <param name="problems">Gets the differences.</param>
    public static void Check(string name, YamlNode node, Shape shape, FileProblems problems)
    {
        switch (shape)
        {
            case TextShape text:
                if (Scalar(name, node, "text", problems) is { } words)
                {
                    CheckText(name, words, node.Line, text, problems);
                }

                break;

            case ChoiceShape choice:
                if (Scalar(name, node, $"a {choice.What}", problems) is { } word)
                {
                    CheckChoice(word, node.Line, choice, problems);
                }

                break;

            case NumberShape number:
                CheckNumber(name, node, number, problems);
                break;

            case DurationShape duration:
                CheckDuration(name, node, duration, problems);
                break;

            case TruthShape:
                if (YamlValues.ToValue(node) is not bool)
                {
                    problems.Add(node.Line, $"{name} has to be true or false, here it is {Found(node)}");
                }

                break;

            case NamesShape:
                CheckNames(name, node, problems);
                break;

            case ListShape list:
                CheckList(name, node, list, problems);
                break;

            case EitherShape either:
                if (!either.Shapes.Any(one => Fits(name, node, one)))
                {
                    problems.Add(node.Line, $"{name} has to be {either.Says}, here it is {Found(node)}");
                }

                break;

            case MappingShape mapping:
                CheckMapping(name, node, mapping, problems);
                break;

            case DictionaryShape dictionary:
                CheckDictionary(name, node, dictionary, problems);
                break;

            case FreeMappingShape free:
                if (Mapping(name, node, problems) is { } given)
                {
                    foreach (var entry in given.Entries.Where(entry => free.Refused.ContainsKey(entry.Key)))
                    {
                        problems.Add(
                            entry.Line, $"'{entry.Key}' is written by the lab and cannot stand in {name}", free.Refused[entry.Key]);
                    }
                }

                break;

            default:
                throw new ArgumentOutOfRangeException(nameof(shape), shape.GetType().Name, null);
        }
    }

    /// <summary>Whether text has the form of a shape.</summary>
    internal static bool Matches(string text, TextShape shape) =>
        shape.Pattern is null || Regex.IsMatch(text, $"^(?:{shape.Pattern})$", RegexOptions.CultureInvariant);

    private static void CheckText(string name, string text, int line, TextShape shape, FileProblems problems)
    {
        if (!Matches(text, shape))
        {
            problems.Add(line, $"{name} has to be {shape.Says}, here it is '{text}'");
        }
    }

    private static void CheckChoice(string word, int line, ChoiceShape shape, FileProblems problems)
    {
        var words = shape.Choices.Select(choice => choice.Word);
        if (!words.Contains(word))
        {
            problems.Add(line, $"there is no {shape.What} '{word}'", Spelling.Suggest(word, words));
        }
    }

    private static void CheckNumber(string name, YamlNode node, NumberShape shape, FileProblems problems)
    {
        var wanted = shape.Whole ? "a whole number" : "a number";
        var value = YamlValues.ToValue(node);
        double? number = value switch
        {
            long whole => whole,
            double part when !shape.Whole => part,
            _ => null,
        };
        if (number is null)
        {
            problems.Add(node.Line, $"{name} has to be {wanted}, here it is {Found(node)}");
        }
        else if (number < shape.Min || number > shape.Max || (shape.AboveMin && number == shape.Min))
        {
            var bounds = shape.AboveMin ? "above {0} and up to {1}" : "between {0} and {1}";
            problems.Add(node.Line, $"{name} has to be {string.Format(CultureInfo.InvariantCulture, bounds, shape.Min, shape.Max)}, here it is {((YamlScalar)node).Text}");
        }
    }

    private static void CheckDuration(string name, YamlNode node, DurationShape shape, FileProblems problems)
    {
        if (node is not YamlScalar scalar || !Durations.TryParse(scalar.Text, out var duration))
        {
            problems.Add(node.Line, $"{name} has to be a time with its unit, here it is {Found(node)}", "Write for example 30s, 5m or 1h");
        }
        else if (duration < shape.Min || duration > shape.Max)
        {
            problems.Add(
                node.Line,
                $"{name} has to be between {Durations.Format(shape.Min)} and {Durations.Format(shape.Max)}, here it is {scalar.Text}");
        }
    }

    private static void CheckList(string name, YamlNode node, ListShape shape, FileProblems problems)
    {
        if (node is not YamlList { Items.Count: > 0 } list)
        {
            problems.Add(node.Line, $"{name} has to be a list, here it is {(node is YamlList ? "an empty one" : Found(node))}");
            return;
        }

        foreach (var item in list.Items)
        {
            Check($"{(shape.ItemName[0] is 'a' or 'e' or 'i' or 'o' ? "an" : "a")} {shape.ItemName}", item, shape.Item, problems);
        }
    }

    private static bool Fits(string name, YamlNode node, Shape shape)
    {
        var problems = new FileProblems("");
        Check(name, node, shape, problems);
        return problems.None;
    }

    private static void CheckNames(string name, YamlNode node, FileProblems problems)
    {
        if (node is not YamlList list)
        {
            Scalar(name, node, "a name or a list of names", problems);
            return;
        }

        foreach (var item in list.Items)
        {
            Scalar($"an item of {name}", item, "a name", problems);
        }
    }

    private static void CheckMapping(string name, YamlNode node, MappingShape shape, FileProblems problems)
    {
        if (Mapping(name, node, problems) is not { } mapping)
        {
            return;
        }

        foreach (var key in shape.Keys)
        {
            if (mapping[key.Name] is { } value)
            {
                Check($"'{key.Name}'", value, key.Shape, problems);
            }
            else if (key.Missing is var (what, fix))
            {
                problems.Add(mapping.Line, what, fix);
            }
        }

        var names = shape.Keys.Select(key => key.Name).ToArray();
        foreach (var entry in mapping.Entries.Where(entry => !names.Contains(entry.Key)))
        {
            problems.Add(entry.Line, $"unknown key '{entry.Key}' in {name}", Spelling.Suggest(entry.Key, names));
        }
    }

    private static void CheckDictionary(string name, YamlNode node, DictionaryShape shape, FileProblems problems)
    {
        if (Mapping(name, node, problems) is not { } mapping)
        {
            return;
        }

        if (mapping.Entries.Count == 0 && shape.Empty is var (what, fix))
        {
            problems.Add(mapping.Line, what, fix);
        }

        foreach (var entry in mapping.Entries)
        {
            switch (shape.KeyShape)
            {
                case ChoiceShape choice:
                    CheckChoice(entry.Key, entry.Line, choice, problems);
                    break;
                case TextShape text:
                    CheckText($"a {shape.KeyName}", entry.Key, entry.Line, text, problems);
                    break;
            }

            Check($"'{entry.Key}'", entry.Value, shape.Value, problems);
        }
    }

    private static YamlMapping? Mapping(string name, YamlNode node, FileProblems problems)
    {
        switch (node)
        {
            case YamlMapping mapping:
                return mapping;

            // "main:" with nothing behind it is an empty mapping to the person who wrote it.
            case YamlScalar { Plain: true, Text: "" }:
                return new YamlMapping(node.Line, []);

            default:
                problems.Add(node.Line, $"{name} has to be a mapping, here it is {Found(node)}");
                return null;
        }
    }

    private static string? Scalar(string name, YamlNode node, string wanted, FileProblems problems)
    {
        if (node is YamlScalar scalar && YamlValues.ToValue(node) is string && scalar.Text.Length > 0)
        {
            return scalar.Text;
        }

        problems.Add(node.Line, $"{name} has to be {wanted}, here it is {Found(node)}");
        return null;
    }

    private static string Found(YamlNode node) => node is YamlScalar { Text.Length: > 0 and < 40 } scalar
        ? $"{node.Kind} ('{scalar.Text}')"
        : node.Kind;
}
