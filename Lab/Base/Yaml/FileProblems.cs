namespace SynapseLab.Yaml;

/// <summary>Collects what is wrong with one file, so that a user sees everything at once, from top to bottom.</summary>
/// <param name="path">The file as the user named it.</param>
public sealed class FileProblems(string path)
{
    private readonly List<(int Line, Problem Problem)> _problems = [];

    /// <summary>Whether nothing is wrong so far.</summary>
    public bool None => _problems.Count == 0;

    /// <summary>All problems, by line; those of the whole file first.</summary>
    public IReadOnlyList<Problem> InOrder() => [.. _problems.OrderBy(entry => entry.Line).Select(entry => entry.Problem)];

    /// <summary>Something is wrong on a line.</summary>
    /// <param name="line">The line, from 1; 0: the whole file.</param>
    /// <param name="what">See <see cref="Problem.What"/>.</param>
    /// <param name="fix">See <see cref="Problem.Fix"/>.</param>
    public void Add(int line, string what, string? fix = null) =>
        _problems.Add((line, new Problem(what, line > 0 ? $"{path}:{line}" : path, fix)));
}
