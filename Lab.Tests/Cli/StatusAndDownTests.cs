using SynapseLab.Cli;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Tests.Runtimes;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class StatusAndDownTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("status")]
    [InlineData("logs main")]
    [InlineData("user alice")]
    [InlineData("down")]
    [InlineData("metrics main")]
    public async Task Without_an_engine_every_verb_says_so_in_one_line(string arguments)
    {
        Assert.Equal(ExitCodes.WrongUse, await RunAsync(arguments));

        Assert.Contains("container engine", _error.ToString(), StringComparison.Ordinal);
        Assert.Single(_error.ToString().Trim().Split('\n'));
    }

    [Fact]
    public async Task An_empty_statement_is_wrong_use()
    {
        Assert.Equal(ExitCodes.WrongUse, await RunAsync(["sql", " "]));

        Assert.Equal("lab: the statement is empty. See ./lab sql --help\n", _error.ToString());
    }

    [Theory]
    [InlineData("logs", "Required argument missing")]
    [InlineData("stat", "unknown verb 'stat'")]
    [InlineData("status --jsn", "Unrecognized command or argument '--jsn'")]
    [InlineData("logs main --tail x", "--tail takes a number of lines")]
    [InlineData("logs main --tail -5", "--tail takes a number of lines")]
    [InlineData("bench start --rounds many", "--rounds takes a whole number, not 'many'")]
    [InlineData("bench proxy --seconds some", "--seconds takes a number, not 'some'")]
    public async Task Wrong_words_are_told_in_one_line_that_names_the_help(string arguments, string problem)
    {
        Assert.Equal(ExitCodes.WrongUse, await RunAsync(arguments));

        Assert.StartsWith($"lab: {problem}", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--help", _error.ToString(), StringComparison.Ordinal);
        Assert.Single(_error.ToString().Trim().Split('\n'));
    }

    [Fact]
    public async Task A_stack_trace_is_shown_when_it_is_asked_for_and_not_before()
    {
        await RunAsync("status");
        Assert.DoesNotContain("   at ", _error.ToString(), StringComparison.Ordinal);

        await RunAsync("status --verbose");
        Assert.Contains("   at ", _error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Task<int> RunAsync(string arguments) => RunAsync(arguments.Split(' '));

    private Task<int> RunAsync(string[] arguments)
    {
        var services = new LabServices
        {
            Root = new Lazy<LabRoot>(() => new LabRoot(_folder.Path)),
            Output = TextWriter.Null,
            Error = _error,
            Time = TimeProvider.System,
            CreateEngine = () => new SocketEngine(new EngineSocket(_folder.File("no.sock"))),
            Runtimes = LabRuntimes.All,
        };
        return new CommandRunner(services, LabCommands.All).RunAsync(arguments, CancellationToken.None);
    }
}
