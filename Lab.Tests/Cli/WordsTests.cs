using SynapseLab.Cli.Commands;
using SynapseLab.Cli;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Cli;

/// <summary>What is typed: words that are nearly right, words that a shell or a library would take for something else, and help.</summary>
public sealed class WordsTests
{
    private const string AskedTheEngine = "lab: the engine was asked (a mistake in the lab; --verbose shows where)\n";

    private readonly LabCommandLine _lab = new();

    [Theory]
    [InlineData("statsu", "unknown verb 'statsu'. Did you mean 'status'? See ./lab --help")]
    [InlineData("scenario rnu first-proof", "unknown verb 'rnu'. Did you mean 'run'? See ./lab scenario --help")]
    [InlineData("nonsense", "unknown verb 'nonsense'. See ./lab --help")]
    [InlineData("help statsu", "unknown verb 'statsu'. Did you mean 'status'? See ./lab --help")]
    [InlineData("--verbos status", "unknown option '--verbos'. Did you mean '--verbose'? See ./lab status --help")]
    [InlineData("up --detatch", "unknown option '--detatch'. Did you mean '--detach'? See ./lab up --help")]
    [InlineData("user --admn alice", "unknown option '--admn'. Did you mean '--admin'? See ./lab user --help")]
    [InlineData("user alice --homesever hs1", "unknown option '--homesever'. Did you mean '--homeserver'? See ./lab user --help")]
    [InlineData("sql --hom", "unknown option '--hom'. Did you mean '--homeserver'? See ./lab sql --help")]
    [InlineData("down --al", "unknown option '--al'. Did you mean '--all'? See ./lab down --help")]
    [InlineData("up refrence", "there is no topology 'refrence'. Did you mean 'reference'?")]
    [InlineData("up --runtime compos", "there is no runtime 'compos'. Did you mean 'compose'? There are compose")]
    [InlineData("routes refrence", "there is no topology 'refrence'. Did you mean 'reference'?")]
    [InlineData("scenario run first-prof", "there is no scenario 'first-prof'. Did you mean 'first-proof'? There are first-proof, ")]
    [InlineData("load chatt", "there is no load profile 'chatt'. Did you mean 'chat'?")]
    [InlineData("load chat --driver bultin", "there is no driver 'bultin'. Did you mean 'builtin'?")]
    public Task A_near_miss_is_answered_with_the_word_that_was_meant(string arguments, string problem) =>
        _lab.RefusesAsync(arguments, problem);

    [Theory]
    [InlineData("user", "@bob:hs1.test")]
    [InlineData("user", "--", "--strange")]
    [InlineData("sql", "-- a comment first\nSELECT 1")]
    public async Task A_user_ID_or_a_statement_is_taken_as_it_stands(params string[] words)
    {
        await _lab.RunAsync(words);

        Assert.Equal(AskedTheEngine, _lab.Error);
    }

    [Fact]
    public Task A_user_ID_of_another_homeserver_than_the_option_says_is_wrong_use() => _lab.RefusesAsync(
        "user @bob:hs1.test --homeserver hs2.test",
        "@bob:hs1.test is a user of hs1.test, and --homeserver is hs2.test. Leave out --homeserver, or write bob alone");

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help up", "up --help")]
    [InlineData("help scenario run", "scenario run --help")]
    public async Task Help_on_a_verb_is_what_the_verb_says_when_it_is_asked_for_help(string help, string asked)
    {
        var other = new LabCommandLine();

        Assert.Equal((ExitCodes.Fine, ExitCodes.Fine), (await _lab.RunAsync(help), await other.RunAsync(asked)));

        Assert.Equal(other.Output, _lab.Output);
        Assert.Contains("Usage:", _lab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_of_verbs_has_those_of_the_script_too()
    {
        await _lab.RunAsync("help");

        Assert.All(
            ["setup", "test", "help", .. LabCommands.All.Select(command => command.Build(LabServices.OfThisProcess()).Name)],
            verb => Assert.Matches($"(?m)^  {verb}\\b", _lab.Output));
    }

    [Theory]
    [InlineData("setup", "usage: eng/setup", "Usage: eng/setup")]
    [InlineData("test", "usage: ./lab test", "usage: ./lab test")]
    public async Task The_script_answers_help_on_its_own_verbs_without_a_build(string verb, params string[] oneOf)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        var result = await SynapseLab.Runtimes.Machine.ExternalCommand.RunAsync(
            Path.Combine(LabRoot.Find().Path, "lab"),
            ["help", verb],
            null,
            limit.Token);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(oneOf, usage => result.Output.Contains(usage, StringComparison.Ordinal));
    }
}
