using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class StatusAndDownTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LabCommandLine _lab;

    public StatusAndDownTests() => _lab = new LabCommandLine
    {
        Root = () => new LabRoot(_folder.Path),
        CreateEngine = () => new DockerEngine(new EngineSocket(_folder.File("no.sock"))),
    };

    [Theory]
    [InlineData("status")]
    [InlineData("logs main")]
    [InlineData("user alice")]
    [InlineData("down")]
    [InlineData("reset")]
    [InlineData("metrics main")]
    public async Task Without_an_engine_every_verb_says_so_in_one_line(string arguments)
    {
        Assert.Equal(ExitCodes.WrongUse, await _lab.RunAsync(arguments));

        Assert.Contains("container engine", _lab.Error, StringComparison.Ordinal);
        Assert.Single(_lab.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task An_empty_statement_is_wrong_use()
    {
        Assert.Equal(ExitCodes.WrongUse, await _lab.RunAsync(["sql", " "]));

        Assert.Equal("lab: the statement is empty. See ./lab sql --help\n", _lab.Error);
    }

    [Theory]
    [InlineData("logs", "Required argument 'part' missing")]
    [InlineData("stat", "unknown verb 'stat'. Did you mean 'start'? See ./lab --help")]
    [InlineData("status --jsn", "unknown option '--jsn'. Did you mean '--json'? See ./lab status --help")]
    [InlineData("logs main --tail x", "--tail takes a number of lines")]
    [InlineData("logs main --tail -5", "--tail takes a number of lines")]
    [InlineData("bench start --rounds many", "--rounds takes a whole number, not 'many'")]
    [InlineData("bench proxy --seconds some", "--seconds takes a number, not 'some'")]
    public async Task Wrong_words_are_told_in_one_line_that_names_the_help(string arguments, string problem)
    {
        Assert.Equal(ExitCodes.WrongUse, await _lab.RunAsync(arguments));

        Assert.StartsWith($"lab: {problem}", _lab.Error, StringComparison.Ordinal);
        Assert.Contains("--help", _lab.Error, StringComparison.Ordinal);
        Assert.Single(_lab.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_stack_trace_is_shown_when_it_is_asked_for_and_not_before()
    {
        await _lab.RunAsync("status");
        Assert.DoesNotContain("   at ", _lab.Error, StringComparison.Ordinal);

        await _lab.RunAsync("status --verbose");
        Assert.Contains("   at ", _lab.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
