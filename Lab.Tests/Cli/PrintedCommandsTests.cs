using SynapseLab.Cli.Commands;
using System.Text.RegularExpressions;
using SynapseLab.Cli;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Cli;

/// <summary>Commands in messages. Running labs' own are typed as they are printed in RealLab/Accidents and RealLab/Verbs.</summary>
public sealed partial class PrintedCommandsTests
{
    private static readonly string[] Projects = ["Lab", "Cli", "Scenarios", "LoadTests", "Hosting", "AppHost"];

    [Theory]
    [InlineData("./lab status --name second", "second", "status")]
    [InlineData("./lab logs hs2-main --name second", "second", "logs", "hs2-main")]
    [InlineData("./lab sql 'SELECT 1' --name second", "second", "sql", "SELECT 1")]
    [InlineData("""./lab user 'o'\''neil' --name second""", "second", "user", "o'neil")]
    [InlineData("./lab user '' --name second", "second", "user", "")]
    public void A_command_on_a_lab_names_it_and_quotes_what_a_shell_would_change(string printed, string labName, params string[] words) =>
        Assert.Equal(printed, ToType.On(labName, words));

    [Fact]
    public void No_message_makes_a_command_on_a_running_lab_by_itself()
    {
        var onALab = LabCommands.All
            .Select(command => command.Build(LabServices.OfThisProcess()))
            .Where(command => command.Name != "down" && command.Options.Any(option => option.Name == "--name") && command.Name != "up")
            .Select(command => command.Name)
            .ToHashSet();
        Assert.Contains("status", onALab);

        var byHand = Sources().SelectMany(source => source.Lines
            .Where(line => Commands().Matches(line.Text).Any(match => onALab.Contains(match.Groups["verb"].Value)))
            .Select(line => $"{source.File}:{line.Number}: {line.Text.Trim()}"));

        Assert.Empty(byHand);
    }

    [Fact]
    public void Every_command_in_a_message_is_a_verb_of_the_lab()
    {
        var verbs = LabCommands.All.Select(command => command.Build(LabServices.OfThisProcess()).Name).ToHashSet();

        var unknown = Sources().SelectMany(source => source.Lines
            .SelectMany(line => Commands().Matches(line.Text).Select(match => match.Groups["verb"].Value).Where(verb => !verbs.Contains(verb))
                .Select(verb => $"{source.File}:{line.Number}: {verb}")));

        Assert.Empty(unknown);
    }

    // Code without comments: "See ./lab status" in a string, not in /// <c>./lab status</c>.
    private static IEnumerable<(string File, (int Number, string Text)[] Lines)> Sources()
    {
        var root = LabRoot.Find().Path;
        return Projects
            .SelectMany(project => Directory.EnumerateFiles(Path.Combine(root, project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Select(file => (Path.GetRelativePath(root, file), File.ReadLines(file)
                .Select((text, index) => (index + 1, text))
                .Where(line => !line.text.TrimStart().StartsWith("//", StringComparison.Ordinal))
                .ToArray()));
    }

    [GeneratedRegex(@"\./lab (?<verb>[a-z]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Commands();
}
