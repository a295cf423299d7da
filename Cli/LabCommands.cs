using SynapseLab.Cli.Commands;

namespace SynapseLab.Cli;

/// <summary>All verbs of <c>./lab</c>, in the order in which help shows them. <c>setup</c> and <c>test</c> are in the script <c>lab</c> itself.</summary>
public static class LabCommands
{
    /// <summary>The verbs.</summary>
    public static IReadOnlyList<ILabCommand> All { get; } =
    [
        new UpCommand(),
        new DownCommand(),
        new StatusCommand(),
        new LogsCommand(),
        new UserCommand(),
        new MetricsCommand(),
        new SqlCommand(),
        .. OperatorCommand.All,
        new RoutesCommand(),
        new DoctorCommand(),
        new ScenarioCommand(),
        new LoadCommand(),
        new BenchCommand(new BenchStartCommand(), new BenchDriverCommand(), new BenchProxyCommand()),
    ];
}
