using System.Text.RegularExpressions;

namespace SynapseLab.Tests.Routing;

/// <summary>One line of DocumentedPatterns.txt: a pattern of a document, and where the catalogue deliberately differs, why.</summary>
public sealed record DocumentedPattern(string Expression, IReadOnlyList<string> Methods, string? Exception)
{
    public bool Matches(string path) => Regex.IsMatch(path, Expression.StartsWith('^') ? Expression : "^" + Expression);

    public static IEnumerable<DocumentedPattern> All()
    {
        // "GET ^/_matrix/client/(r0|v3|unstable)/.*/tags" or "^/_matrix/... # reason"
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Routing", "DocumentedPatterns.txt")))
        {
            if (line.Length == 0 || line.StartsWith('#'))
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
