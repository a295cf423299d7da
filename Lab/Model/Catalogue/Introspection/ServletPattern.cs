using System.Text.RegularExpressions;

namespace SynapseLab.Catalogue.Introspection;

/// <summary>
/// A servlet's regular expression. Synapse uses a small part of the language: literals, <c>(a|b)</c>, <c>(?P&lt;name&gt;[^/]*)</c>,
/// optional groups, character classes. That is enough to list paths that it matches.
/// </summary>
/// <param name="text">In Python's spelling, with its anchors.</param>
internal sealed class ServletPattern(string text)
{
    // What stands for a run of characters of a class: in all classes that Synapse uses but the digits.
    private const string Sample = "x1";

    private readonly Regex _regex = new(text.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.CultureInvariant);
    private int _position;

    /// <summary>Whether a servlet with this pattern takes a path: like Python's <c>re.match</c>, from the beginning.</summary>
    public bool Matches(string path) => _regex.Match(path) is { Success: true, Index: 0 };

    /// <summary>Paths that it matches: every alternative, with and without every optional part.</summary>
    /// <exception cref="FormatException">The pattern uses something that this reader does not know,
    /// or it made a path that does not match.</exception>
    public IReadOnlyList<string> Samples()
    {
        _position = 0;
        var samples = Alternatives();
        if (_position < text.Length)
        {
            throw Unknown();
        }

        return samples.FirstOrDefault(path => !Matches(path)) is { } wrong
            ? throw new FormatException($"{text} does not match the sample {wrong}")
            : samples;
    }

    private List<string> Alternatives()
    {
        var all = new List<string>(Sequence());
        while (_position < text.Length && text[_position] == '|')
        {
            _position++;
            all.AddRange(Sequence());
        }

        return all;
    }

    private IEnumerable<string> Sequence()
    {
        IEnumerable<string> samples = [""];
        while (_position < text.Length && text[_position] is not (')' or '|'))
        {
            var next = Quantified(Atom());
            samples = [.. samples.SelectMany(sample => next.Select(text => sample + text))];
        }

        return samples;
    }

    private List<string> Atom()
    {
        switch (text[_position])
        {
            case '^' or '$':
                _position++;
                return [""];
            case '\\':
                _position += 2;
                return text[_position - 1] is 'w' or 'd' ? ["1"] : [text[_position - 1].ToString()];
            case '.':
                // Alone it is a dot that nobody escaped: org.matrix.msc3575.
                _position++;
                return [_position < text.Length && text[_position] is '*' or '+' ? Sample : "."];
            case '[':
                _position = text.IndexOf(']', _position) + 1;
                return _position == 0 ? throw Unknown() : [Sample];
            case '(':
                _position++;
                if (text.AsSpan(_position).StartsWith("?P<"))
                {
                    _position = text.IndexOf('>', _position) + 1;
                }
                else if (text.AsSpan(_position).StartsWith("?:"))
                {
                    _position += 2;
                }
                else if (text[_position] == '?')
                {
                    throw Unknown();
                }

                var inner = Alternatives();
                if (_position >= text.Length)
                {
                    throw Unknown();
                }

                _position++;
                return inner;
            case '*' or '+' or '?' or '{':
                throw Unknown();
            default:
                return [text[_position++].ToString()];
        }
    }

    private List<string> Quantified(List<string> atom)
    {
        if (_position < text.Length && text[_position] is '*' or '+')
        {
            // One sample of a repeated class stands for all.
            _position++;
            return atom;
        }

        if (_position < text.Length && text[_position] == '?')
        {
            _position++;
            return ["", .. atom];
        }

        return atom;
    }

    private FormatException Unknown() => new($"{text}: character {_position + 1} is of a kind that no servlet had so far");
}
