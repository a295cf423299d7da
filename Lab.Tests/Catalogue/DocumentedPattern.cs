using System.Text.RegularExpressions;

namespace SynapseLab.Tests.Catalogue;

/// <summary>One line of DocumentedPatterns.txt: a pattern of a document, and where the catalogue deliberately differs, why.</summary>
public sealed record DocumentedPattern(string Expression, IReadOnlyList<string> Methods, string? Exception)
{
    private const string UnservedMark = "unserved ";

    private static string FileName => Path.Combine(AppContext.BaseDirectory, "Catalogue", "DocumentedPatterns.txt");

    public bool Matches(string path) => Regex.IsMatch(path, Expression.StartsWith('^') ? Expression : "^" + Expression);

    /// <summary>
    /// One pattern for each choice: <c>/(r0|v3)/(join|invite)$</c> makes <c>/r0/join$</c>, <c>/r0/invite$</c>, <c>/v3/join$</c> and
    /// <c>/v3/invite$</c>; what is no choice stays.
    /// </summary>
    public IEnumerable<DocumentedPattern> Alternatives()
    {
        // The innermost group with a bar in it.
        var choice = Regex.Match(Expression, @"\((?:\?:)?(?<options>[^()]*\|[^()]*)\)(?!\?)");
        if (!choice.Success)
        {
            return [this];
        }

        var (before, after) = (Expression[..choice.Index], Expression[(choice.Index + choice.Length)..]);
        return choice.Groups["options"].Value
            .Split('|')
            .SelectMany(option => (this with { Expression = before + option + after }).Alternatives());
    }

    /// <summary>Alternatives for which Synapse has no servlet, whatever the document says.</summary>
    public static IReadOnlySet<string> Unserved() => File.ReadLines(FileName)
        // "unserved ^/_matrix/client/api/v1/knock/ # reason"
        .Where(line => line.StartsWith(UnservedMark, StringComparison.Ordinal))
        .Select(line => line[UnservedMark.Length..].Split(" # ", 2)[0])
        .ToHashSet();

    public static IEnumerable<DocumentedPattern> All()
    {
        // "GET ^/_matrix/client/(r0|v3|unstable)/.*/tags" or "^/_matrix/... # reason"
        foreach (var line in File.ReadLines(FileName))
        {
            if (line.Length == 0 || line.StartsWith('#') || line.StartsWith(UnservedMark, StringComparison.Ordinal))
            {
                continue;
            }

            var parts = line.Split(" # ", 2);
            var words = parts[0].Split(' ');
            yield return new DocumentedPattern(words[^1], words.Length == 1 ? [] : words[0].Split(','), parts.ElementAtOrDefault(1));
        }
    }

    public override string ToString() => Expression;
}
