using System.Text.RegularExpressions;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Tests;

/// <summary>A command that a document shows.</summary>
/// <param name="Text">As it is typed, without the comment behind it: <c>./lab user alice</c>.</param>
/// <param name="Where">File and line: <c>README.md:22</c>.</param>
internal sealed record DocumentedCommand(string Text, string Where);

/// <summary>
/// Commands in documents. They stand in blocks that are marked as such; one that is not is a mistake, since nothing would try it.
/// </summary>
internal static partial class DocumentedCommands
{
    private const string Fence = "```";

    private static readonly string[] Programs = ["./lab ", "dotnet ", "docker "];

    /// <summary>README.md and what is below docs/, in the order in which they are read.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        "README.md",
        .. Directory.EnumerateFiles(
            Path.Combine(LabRoot.Find().Path, "docs"),
            "*.md").Select(file => $"docs/{Path.GetFileName(file)}").Order(StringComparer.Ordinal),
    ];

    /// <summary>The commands of a document, in its order: lines of blocks that begin with <c>```sh</c>.</summary>
    public static IReadOnlyList<DocumentedCommand> Of(string document) =>
    [
        .. Lines(document).Where(line => line.IsCommand && line.Text.Length > 0 && !line.Text.StartsWith('#')).Select(line =>
            new DocumentedCommand(WithoutComment(line.Text), $"{document}:{line.Number}")),
    ];

    /// <summary>Lines outside of such blocks that look like commands: <c>README.md:22: ./lab status</c>.</summary>
    public static IEnumerable<string> NotMarked(string document) =>
        Lines(document)
            .Where(line => !line.IsCommand && Programs.Any(program => line.Text.TrimStart().StartsWith(program, StringComparison.Ordinal)))
            .Select(line => $"{document}:{line.Number}: {line.Text.Trim()}");

    /// <summary>
    /// Commands of the lab within sentences, as words: <c>`./lab up sharded --name second`</c>. Of alternatives (<c>bench start|proxy</c>)
    /// each.
    /// </summary>
    public static IEnumerable<(string[] Words, string Where)> InSentences(string document) =>
        from line in Lines(document)
        where !line.IsCommand
        from command in Inline().Matches(line.Text)
        let words = command.Groups["words"].Value.Split(' ')
        let most = words.Max(word => word.Count(letter => letter == '|')) + 1
        from choice in Enumerable.Range(0, most)
        select (words.Select(word => word.Split('|') is { Length: > 1 } words ? words[choice] : word).ToArray(), $"{document}:{line.Number}");

    private static IEnumerable<(int Number, string Text, bool IsCommand)> Lines(string document)
    {
        var fence = "";
        foreach (var (text, index) in File.ReadLines(Path.Combine(LabRoot.Find().Path, document)).Select((text, index) => (text, index)))
        {
            if (text.StartsWith(Fence, StringComparison.Ordinal))
            {
                fence = fence.Length > 0 ? "" : text;
                continue;
            }

            yield return (index + 1, text, fence == $"{Fence}sh");
        }
    }

    // ./lab up        # what it does
    private static string WithoutComment(string line) => line.Split(" #")[0].TrimEnd();

    [GeneratedRegex(@"`\./lab (?<words>[^`']+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Inline();
}
