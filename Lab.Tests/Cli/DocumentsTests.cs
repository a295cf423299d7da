using Xunit;

namespace SynapseLab.Tests.Cli;

/// <summary>What README and docs show, as far as it can be seen without a lab. RealLab/DocumentedCommandsTests types it.</summary>
public sealed class DocumentsTests
{
    public static TheoryData<string> Documents => [.. DocumentedCommands.Documents];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_line_that_is_to_be_typed_stands_in_a_block_that_says_so(string document) =>
        Assert.Empty(DocumentedCommands.NotMarked(document));

    // With --help nothing is done, and verb and options have to be right all the same.
    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_command_within_a_sentence_has_a_verb_and_options_that_there_are(string document)
    {
        foreach (var (words, where) in DocumentedCommands.InSentences(document))
        {
            var lab = new LabCommandLine();
            Assert.True(await lab.RunAsync([.. words, "--help"]) == ExitCodes.Fine, $"{where}: {lab.Error}");
        }
    }

    [Fact]
    public async Task README_names_every_verb()
    {
        var lab = new LabCommandLine();
        await lab.RunAsync("help");
        var readme = await File.ReadAllTextAsync(Path.Combine(SynapseLab.Runtimes.Folders.LabRoot.Find().Path, "README.md"));

        var verbs = lab.Output
            .Split('\n')
            .SkipWhile(line => line != "Commands:")
            .Skip(1)
            .TakeWhile(line => line.Length > 0)
            .Select(line => line.Trim().Split(' ')[0])
            .ToArray();

        Assert.Contains("setup", verbs);
        Assert.All(verbs, verb => Assert.Matches($@"\b{verb}\b", readme));
    }
}
