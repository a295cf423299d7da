using SynapseLab.Cli.Commands;
using SynapseLab.Scenarios.Catalogue;
using SynapseLab.Cli;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Scenarios;
using Xunit;

namespace SynapseLab.Tests.Cli;

/// <summary>The lab's commands in this process, and what they print. Without an engine given, one that is asked fails the test.</summary>
internal sealed class LabCommandLine
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public Func<LabRoot> Root { get; init; } = LabRoot.Find;

    public Func<IContainerEngine> CreateEngine { get; init; } = () => throw new InvalidOperationException("the engine was asked");

    public IReadOnlyList<RuntimeChoice> Runtimes { get; init; } = LabRuntimes.All;

    public IReadOnlyList<IScenario> Scenarios { get; init; } = ScenarioCatalogue.All;

    public IReadOnlyList<ILabCommand> Commands { get; init; } = LabCommands.All;

    /// <returns>The exit code.</returns>
    public Task<int> RunAsync(string arguments, CancellationToken cancellationToken = default) =>
        RunAsync(arguments.Split(' '), cancellationToken);

    /// <returns>The exit code.</returns>
    public Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken = default)
    {
        var services = new LabServices
        {
            Root = new Lazy<LabRoot>(Root),
            Output = _output,
            Error = _error,
            Time = TimeProvider.System,
            CreateEngine = CreateEngine,
            Runtimes = Runtimes,
            Scenarios = Scenarios,
        };
        return new CommandRunner(services, Commands).RunAsync(arguments, cancellationToken);
    }

    /// <summary>Wrong use is one line on standard error and exit code 2, and nothing on standard output.</summary>
    public async Task RefusesAsync(string arguments, string problem)
    {
        Assert.Equal(ExitCodes.WrongUse, await RunAsync(arguments));
        Assert.StartsWith($"lab: {problem}", Error, StringComparison.Ordinal);
        Assert.Single(Error.Trim().Split('\n'));
        Assert.Empty(Output);
    }
}
