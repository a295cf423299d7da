using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SynapseLab.Yaml;

/// <summary>Reads a YAML file that a user wrote into nodes with lines. Bounded in size, depth and alias expansion,
/// so that no file can exhaust the machine.</summary>
public static class YamlText
{
    /// <summary>The largest file that is read, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>How deep mappings and lists may be nested.</summary>
    public const int MaxDepth = 24;

    /// <summary>How many nodes a file may have after its aliases are expanded.</summary>
    public const int MaxNodes = 20_000;

    /// <summary>Reads a file's bytes as text.</summary>
    /// <param name="bytes">The file's contents.</param>
    /// <param name="problems">Gets what is wrong: too large, or not text.</param>
    /// <returns>The text, or null with a problem.</returns>
    public static string? Decode(ReadOnlySpan<byte> bytes, FileProblems problems)
    {
        if (bytes.Length > MaxBytes)
        {
            AddTooLarge(problems);
            return null;
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            AddNotText(problems);
            return null;
        }
    }

    /// <summary>Reads text.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="problems">Gets what is wrong: syntax, a key that stands twice, limits passed.</param>
    /// <returns>The root, or null where there is none or the syntax is broken.</returns>
    public static YamlNode? Parse(string text, FileProblems problems)
    {
        if (text.Length > MaxBytes)
        {
            AddTooLarge(problems);
            return null;
        }

        // A byte order mark, which the parser would take for the beginning of the first key.
        text = text.TrimStart('\uFEFF');

        // A binary file can be valid UTF-8; YAML allows no control characters but these.
        if (text.AsSpan().IndexOfAnyInRange('\0', '\u0008') >= 0 || text.Contains('\u007f', StringComparison.Ordinal))
        {
            AddNotText(problems);
            return null;
        }

        try
        {
            return new Reader(text, problems).Read();
        }
        catch (YamlException) when (TabIndented(text) is > 0 and var line)
        {
            // The parser's own message is about a scalar that it was scanning, lines before.
            problems.Add(line, "not valid YAML: the line is indented with a tab", "Indent with spaces");
            return null;
        }
        catch (YamlException e)
        {
            problems.Add(Math.Max(1, (int)e.End.Line), $"not valid YAML: {FirstSentence(e)}", "Check indentation, colons and quotes there");
            return null;
        }
        catch (BoundException e)
        {
            problems.Add(e.Line, e.Message, e.Fix);
            return null;
        }
    }

    // The first line with a tab in its indentation, from 1; 0: none.
    private static int TabIndented(string text)
    {
        var lines = text.Split('\n');
        return 1 + Array.FindIndex(
            lines,
            line => line.AsSpan(0, line.Length - line.AsSpan().TrimStart().Length).Contains('\t') && line.AsSpan().Trim().Length > 0);
    }

    private static string FirstSentence(YamlException e)
    {
        var text = e.Message;
        // "(Line: 3, Col: 5, Idx: 20) - (Line: ...): While parsing ...": the place is said already.
        var end = text.LastIndexOf("): ", StringComparison.Ordinal);
        text = end >= 0 ? text[(end + 3)..] : text;
        return text.Trim().TrimEnd('.').ToLowerInvariant();
    }

    private static void AddTooLarge(FileProblems problems) =>
        problems.Add(0, $"the file is larger than {MaxBytes / 1024} KiB", "Is it the right file?");

    private static void AddNotText(FileProblems problems) =>
        problems.Add(0, "the file is not text", "Give a YAML file in UTF-8");

    private sealed class BoundException(int line, string what, string fix) : Exception(what)
    {
        public int Line { get; } = line;

        public string Fix { get; } = fix;
    }

    private sealed class Reader(string text, FileProblems problems)
    {
        private readonly Parser _parser = new(new StringReader(text));
        private readonly Dictionary<string, YamlNode> _anchors = [];
        private int _nodes;

        public YamlNode? Read()
        {
            Next<StreamStart>();
            if (_parser.Current is StreamEnd)
            {
                return null;
            }

            Next<DocumentStart>();
            var root = Node(1);
            Next<DocumentEnd>();
            if (_parser.Current is DocumentStart second)
            {
                problems.Add(Line(second), "a second document starts here", "Remove the '---' and all behind it");
            }

            return root;
        }

        private YamlNode Node(int depth)
        {
            var current = _parser.Current!;
            var line = Line(current);
            if (depth > MaxDepth)
            {
                throw new BoundException(line, $"nested more than {MaxDepth} deep", "Flatten it");
            }

            Count(1, line);
            switch (current)
            {
                case AnchorAlias alias:
                    Advance();
                    if (!_anchors.TryGetValue(alias.Value.Value, out var target))
                    {
                        throw new BoundException(
                            line, $"the alias '*{alias.Value.Value}' refers to nothing before it", "Write the value itself");
                    }

                    // The target is shared, not copied, but whoever walks the tree visits it again: without this count nine lines of
                    // aliases to aliases become a billion nodes.
                    Count(target.Size, line);
                    return target;

                case Scalar scalar:
                    Advance();
                    return Anchored(scalar, new YamlScalar(line, scalar.Value, scalar.Style == ScalarStyle.Plain));

                case SequenceStart sequence:
                    Advance();
                    var items = new List<YamlNode>();
                    while (_parser.Current is not SequenceEnd)
                    {
                        items.Add(Node(depth + 1));
                    }

                    Advance();
                    return Anchored(sequence, new YamlList(line, items));

                case MappingStart mapping:
                    Advance();
                    return Anchored(mapping, Mapping(line, depth));

                default:
                    throw new YamlException(current.Start, current.End, $"unexpected {current.GetType().Name}");
            }
        }

        private YamlMapping Mapping(int line, int depth)
        {
            var entries = new List<YamlEntry>();
            while (_parser.Current is not MappingEnd)
            {
                var key = Node(depth + 1);
                var value = Node(depth + 1);
                if (key is not YamlScalar scalar)
                {
                    problems.Add(key.Line, $"a key has to be text, here it is {key.Kind}");
                    continue;
                }

                if (entries.Find(entry => entry.Key == scalar.Text) is { } first)
                {
                    problems.Add(key.Line, $"'{scalar.Text}' stands twice, first on line {first.Line}", "Remove one of them");
                    continue;
                }

                entries.Add(new YamlEntry(scalar.Text, key.Line, value));
            }

            Advance();
            return new YamlMapping(line, entries);
        }

        private YamlNode Anchored(NodeEvent start, YamlNode node)
        {
            if (!start.Anchor.IsEmpty)
            {
                _anchors[start.Anchor.Value] = node;
            }

            return node;
        }

        private void Count(int nodes, int line)
        {
            _nodes += nodes;
            if (_nodes > MaxNodes)
            {
                throw new BoundException(line, $"more than {MaxNodes} values, aliases expanded", "Use fewer aliases");
            }
        }

        private void Next<T>() where T : ParsingEvent
        {
            if (_parser.Current is null)
            {
                Advance();
            }

            if (_parser.Current is not T)
            {
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, $"expected {typeof(T).Name}");
            }

            Advance();
        }

        private void Advance()
        {
            try
            {
                _parser.MoveNext();
            }
            catch (Exception e) when (e is not YamlException)
            {
                // Some broken scalars (a plain one that begins with '%' or '`' after others)
                // make the scanner throw what it did not mean to.
                var line = _parser.Current is { } last ? (int)last.End.Line : 1;
                throw new BoundException(line, "not valid YAML, here or on the next line", "Check indentation, colons and quotes there");
            }
        }

        private static int Line(ParsingEvent e) => (int)e.Start.Line;
    }
}
