using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SynapseLab.Catalogue;

/// <summary>
/// A pattern of whole request paths, undecoded, as Synapse's servlets match them (synapse/http/server.py JsonResource
/// takes <c>request.path</c> as it came):
/// <list type="bullet">
/// <item><c>(r0|v3|unstable)</c> one of these words, which may hold slashes;</item>
/// <item><c>{room_id}</c> one path segment that is not empty; <c>{state_key?}</c> may be empty;</item>
/// <item><c>{rest**}</c> anything, slashes included; only at the end;</item>
/// <item><c>[/{txn_id}]</c> may be left out; only at the end;</item>
/// <item>everything else is literal.</item>
/// </list>
/// </summary>
/// <example><c>/_matrix/client/(api/v1|r0|v3|unstable)/rooms/{room_id}/send/{event_type}/{txn_id}</c></example>
public sealed class PathPattern
{
    private readonly IReadOnlyList<Part> _parts;

    private PathPattern(string text, IReadOnlyList<Part> parts)
    {
        Text = text;
        _parts = parts;
    }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>Names of the placeholders, in order: <c>room_id</c>, <c>txn_id</c>.</summary>
    public IReadOnlyList<string> Placeholders => [.. PlaceholdersOf(_parts)];

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">See the class.</param>
    /// <param name="pattern">The pattern, where it can be read.</param>
    /// <param name="error">What is wrong with it, where it cannot.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out PathPattern? pattern, [NotNullWhen(false)] out string? error)
    {
        pattern = null;
        if (!text.StartsWith('/'))
        {
            error = "a path pattern starts with '/'";
            return false;
        }

        var position = 0;
        var parts = ParseParts(text, ref position, inOption: false, out error);
        if (error is not null)
        {
            return false;
        }

        pattern = new PathPattern(text, parts);
        return true;
    }

    /// <summary>Reads a pattern that is known to be well formed.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static PathPattern Parse(string text) =>
        TryParse(text, out var pattern, out var error) ? pattern : throw new FormatException($"{text}: {error}");

    /// <summary>Matches a whole path.</summary>
    /// <param name="path">The undecoded path without the query: <c>/_matrix/client/v3/rooms/%21abc:hs1.test/state/m.room.name/</c>.</param>
    /// <param name="values">What the placeholders took, undecoded; empty where the path does not match.</param>
    public bool TryMatch(string path, out IReadOnlyDictionary<string, string> values)
    {
        var taken = new Dictionary<string, string>();
        var matches = Match(_parts, 0, path, 0, taken);
        values = matches ? taken : new Dictionary<string, string>();
        return matches;
    }

    /// <summary>Matches a whole path.</summary>
    public bool Matches(string path) => TryMatch(path, out _);

    /// <summary>Paths that match: every choice of words and of optional parts, with a value for each placeholder.</summary>
    /// <param name="valueOf">Gives a placeholder's undecoded value; null: <c>x-</c> and its name.</param>
    public IEnumerable<string> Samples(Func<string, string>? valueOf = null) =>
        SamplesOf(_parts, valueOf ?? (name => $"x-{name}"));

    /// <summary>The pattern as a regular expression (PCRE) for an undecoded path that a query may follow, without anchors.</summary>
    public string ToRegex() => RegexOf(_parts);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static IReadOnlyList<Part> ParseParts(string text, ref int position, bool inOption, out string? error)
    {
        var parts = new List<Part>();
        var literal = new StringBuilder();
        error = null;
        while (position < text.Length && text[position] != ']')
        {
            var c = text[position];
            if (c is not ('(' or '{' or '['))
            {
                if (c is ')' or '}' or '|' or '*' or '?' or '^' or '$' or '\\' or ' ' || c > '~')
                {
                    error = $"'{c}' at character {position + 1} has no meaning here";
                    return parts;
                }

                literal.Append(c);
                position++;
                continue;
            }

            if (literal.Length > 0)
            {
                parts.Add(new Literal(literal.ToString()));
                literal.Clear();
            }

            if (parts.LastOrDefault() is Rest or Option)
            {
                error = $"nothing may follow {parts[^1].Describe()}";
                return parts;
            }

            if (c == '[')
            {
                position++;
                var option = ParseParts(text, ref position, inOption: true, out error);
                if (error is not null)
                {
                    return parts;
                }

                parts.Add(new Option(option));
                position++;
                continue;
            }

            var end = text.IndexOf(c == '(' ? ')' : '}', position);
            if (end < 0)
            {
                error = $"'{c}' at character {position + 1} is never closed";
                return parts;
            }

            var inner = text[(position + 1)..end];
            position = end + 1;
            if (c == '(')
            {
                var words = inner.Split('|');
                if (words.Length < 2
                    || words.Any(word => word.Length == 0 || word.AsSpan().ContainsAny("(){}[]?*"))
                    || words.Distinct().Count() < words.Length)
                {
                    error = $"({inner}) has to be two or more different words with '|' between them";
                    return parts;
                }

                parts.Add(new Choice(words));
                continue;
            }

            var isRest = inner.EndsWith("**", StringComparison.Ordinal);
            var mayBeEmpty = inner.EndsWith('?');
            var name = isRest ? inner[..^2] : mayBeEmpty ? inner[..^1] : inner;
            if (name.Length == 0 || name.Any(letter => letter is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')))
            {
                error = $"{{{inner}}} is not a placeholder: write {{name}}, {{name?}} or {{name**}} with small letters, digits and '_'";
                return parts;
            }

            parts.Add(isRest ? new Rest(name) : new Segment(name, mayBeEmpty));
        }

        if (position < text.Length && !inOption)
        {
            error = $"']' at character {position + 1} closes nothing";
        }
        else if (position >= text.Length && inOption)
        {
            error = "'[' is never closed";
        }
        else if (literal.Length > 0)
        {
            if (parts.LastOrDefault() is Rest or Option)
            {
                error = $"nothing may follow {parts[^1].Describe()}";
            }

            parts.Add(new Literal(literal.ToString()));
        }

        return parts;
    }

    private static bool Match(IReadOnlyList<Part> parts, int index, string path, int position, Dictionary<string, string> taken)
    {
        if (index == parts.Count)
        {
            return position == path.Length;
        }

        switch (parts[index])
        {
            case Literal literal:
                return string.CompareOrdinal(path, position, literal.Text, 0, literal.Text.Length) == 0
                    && Match(parts, index + 1, path, position + literal.Text.Length, taken);
            case Choice choice:
                foreach (var word in choice.Words)
                {
                    if (string.CompareOrdinal(path, position, word, 0, word.Length) == 0
                        && Match(parts, index + 1, path, position + word.Length, taken))
                    {
                        return true;
                    }
                }

                return false;
            case Segment segment:
                var slash = path.IndexOf('/', position);
                var end = slash < 0 ? path.Length : slash;
                if (end == position && !segment.MayBeEmpty)
                {
                    return false;
                }

                taken[segment.Name] = path[position..end];
                return Match(parts, index + 1, path, end, taken);
            case Rest rest:
                taken[rest.Name] = path[position..];
                return true;
            case Option option:
                return position == path.Length || Match(option.Parts, 0, path, position, taken);
            default:
                return false;
        }
    }

    private static IEnumerable<string> SamplesOf(IReadOnlyList<Part> parts, Func<string, string> valueOf)
    {
        IEnumerable<string> samples = [""];
        foreach (var part in parts)
        {
            IReadOnlyList<string> next = part switch
            {
                Literal literal => [literal.Text],
                Choice choice => choice.Words,
                Segment segment => [valueOf(segment.Name)],
                Rest rest => [valueOf(rest.Name)],
                Option option => ["", .. SamplesOf(option.Parts, valueOf)],
                _ => [],
            };
            samples = samples.SelectMany(sample => next.Select(text => sample + text));
        }

        return samples;
    }

    private static string RegexOf(IReadOnlyList<Part> parts)
    {
        var regex = new StringBuilder();
        foreach (var part in parts)
        {
            regex.Append(part switch
            {
                Literal literal => Escape(literal.Text),
                Choice choice => $"(?:{string.Join('|', choice.Words.Select(Escape))})",
                Segment segment => segment.MayBeEmpty ? "[^/?]*" : "[^/?]+",
                Rest => "[^?]*",
                Option option => $"(?:{RegexOf(option.Parts)})?",
                _ => "",
            });
        }

        return regex.ToString();
    }

    // Of the literal characters that a pattern may hold, only the dot and the plus sign mean something in a regular expression.
    private static string Escape(string text) =>
        text.Replace(".", "\\.", StringComparison.Ordinal).Replace("+", "\\+", StringComparison.Ordinal);

    private static IEnumerable<string> PlaceholdersOf(IReadOnlyList<Part> parts) => parts.SelectMany(part => part switch
    {
        Segment segment => [segment.Name],
        Rest rest => [rest.Name],
        Option option => PlaceholdersOf(option.Parts),
        _ => Enumerable.Empty<string>(),
    });

    private abstract record Part
    {
        public string Describe() => this is Option ? "an optional part" : "{rest**}";
    }

    private sealed record Literal(string Text) : Part;

    private sealed record Choice(IReadOnlyList<string> Words) : Part;

    private sealed record Segment(string Name, bool MayBeEmpty) : Part;

    private sealed record Rest(string Name) : Part;

    private sealed record Option(IReadOnlyList<Part> Parts) : Part;
}
