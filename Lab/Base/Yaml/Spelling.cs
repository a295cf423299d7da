namespace SynapseLab.Yaml;

/// <summary>Finds the word that somebody who mistyped meant.</summary>
public static class Spelling
{
    // Of a shorter piece nobody can say what it is a piece of.
    private const int ShortestPiece = 3;

    /// <summary>The nearest of the words, or null where none is near: one with few letters wrong,
    /// else the only one that it is a piece of (<c>persister</c> of <c>event_persister</c>).</summary>
    /// <param name="word">What was written: <c>stream_wirter</c>.</param>
    /// <param name="words">What could have been meant.</param>
    public static string? Nearest(string word, IEnumerable<string> words)
    {
        var known = words.ToArray();
        var (best, distance) = known
            .Select(candidate => (candidate, Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .OrderBy(pair => pair.Item2)
            .FirstOrDefault((null!, int.MaxValue));
        if (distance <= Math.Max(1, word.Length / 3))
        {
            return best;
        }

        return word.Length >= ShortestPiece
            && known.Where(candidate => candidate.Contains(word, StringComparison.OrdinalIgnoreCase)).ToArray() is [var whole]
            ? whole
            : null;
    }

    /// <summary>An imperative for a problem: <c>Did you mean 'receipts'?</c>, or the list of all words where none is near.</summary>
    public static string Suggest(string word, IEnumerable<string> words)
    {
        var known = words.ToArray();
        return Nearest(word, known) is { } nearest
            ? $"Did you mean '{nearest}'?"
            : known.Length == 0 ? "There is none to name" : $"Known: {string.Join(", ", known)}";
    }

    /// <summary>The same with all words in any case, for words that look alike:
    /// <c>Did you mean 'generic_worker1'? It has main, generic_worker1, generic_worker2</c>.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="words">What could have been meant.</param>
    /// <param name="lead">What comes before the words: <c>It has</c>.</param>
    public static string SuggestAmong(string word, IEnumerable<string> words, string lead)
    {
        var known = words.ToArray();
        var all = $"{lead} {string.Join(", ", known)}";
        return Nearest(word, known) is { } nearest ? $"Did you mean '{nearest}'? {all}" : all;
    }

    // Levenshtein, with two neighbours exchanged counted once (optimal string alignment).
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
