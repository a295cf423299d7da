using System.Text.RegularExpressions;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>What <c>./lab collect</c> has written.</summary>
/// <param name="path">The folder.</param>
internal sealed partial class CollectedFolder(string path)
{
    /// <summary>Its files, relative: <c>logs/main.log</c>.</summary>
    public IReadOnlyList<string> Files { get; } =
        [
            .. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Select(file =>
                Path.GetRelativePath(path, file)).Order(StringComparer.Ordinal),
        ];

    /// <summary>The text of a file.</summary>
    public string this[string file] => File.ReadAllText(Path.Combine(path, file));

    /// <summary>Each file is one that the table in docs/ci.md names, and of each row there is one.</summary>
    /// <param name="notHere">Rows of which there is none in this lab.</param>
    public void IsLaidOutAsDocumented(params IEnumerable<string> notHere)
    {
        var section = File.ReadAllText(Path.Combine(LabRoot.Find().Path, "docs/ci.md"))
            .Split("\n## ")
            .Single(text => text.StartsWith("What is kept\n", StringComparison.Ordinal));
        var documented = Row().Matches(section).Select(match => match.Groups["file"].Value).ToArray();
        Assert.NotEmpty(documented);
        // logs/PROCESS.log, config/...
        var patterns = documented.ToDictionary(
            row => row,
            row => new Regex($"^{Placeholder().Replace(Regex.Escape(row), match => match.Value[0] == '\\' ? ".+" : "[^/]+")}$"));
        Assert.All(Files, file => Assert.Contains(patterns.Values, pattern => pattern.IsMatch(file)));
        Assert.All(documented.Except(notHere), row => Assert.Contains(Files, patterns[row].IsMatch));
        Assert.All(notHere, row => Assert.DoesNotContain(Files, patterns[row].IsMatch));
    }

    /// <summary>No secret of the lab is in any file.</summary>
    /// <param name="folder">The lab's folder, in which its own are.</param>
    /// <param name="others">Those of users and of the topology.</param>
    public void HasNoSecretOf(LabFolder folder, params IEnumerable<string> others)
    {
        var files = Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Where(file => file.Contains("/secrets/", StringComparison.Ordinal) || file.EndsWith(".key", StringComparison.Ordinal))
            .ToArray();
        Assert.Contains(files, file => file.EndsWith("/registration_shared_secret", StringComparison.Ordinal));
        // The last word: ed25519 a_AbCd SEED, *:*:*:*:PASSWORD; of a key in PEM each line.
        var secrets = files
            .SelectMany(File.ReadAllLines)
            .Where(line => !line.StartsWith('-'))
            .Select(line => line.Split(' ', ':')[^1])
            .Concat(others)
            .ToArray();
        Assert.DoesNotContain(secrets, string.IsNullOrWhiteSpace);
        foreach (var file in Files)
        {
            var text = this[file];
            Assert.All(secrets, secret => Assert.False(text.Contains(secret, StringComparison.Ordinal), $"a secret is in {file}"));
        }
    }

    // | `logs/PROCESS.log` | what it wrote |
    [GeneratedRegex(@"^\| `(?<file>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"[A-Z]{2,}|\\\.\\\.\\\.")]
    private static partial Regex Placeholder();
}
