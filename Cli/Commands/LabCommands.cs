
namespace SynapseLab.Cli.Commands;

/// <summary>All verbs of <c>./lab</c>, in the order in which help shows them.</summary>
public static class LabCommands
{
    /// <summary>The verbs.</summary>
    public static IReadOnlyList<ILabCommand> All { get; } =
    [
        new UpCommand(),
        new DownCommand(),
        new ResetCommand(),
        new StatusCommand(),
        new LogsCommand(),
        new CollectCommand(),
        new UserCommand(),
        new MetricsCommand(),
        new SqlCommand(),
        .. OperatorCommand.All,
        new RoutesCommand(),
        new DoctorCommand(),
        new ScenarioCommand(),
        new LoadCommand(),
        new BenchCommand(new BenchStartCommand(), new BenchDriverCommand(), new BenchProxyCommand()),
        new ScriptCommand("setup", "Make this machine ready: container engine, Compose, images; ./lab up does it where needed"),
        new ScriptCommand("test", "Build everything and run every test, on real Synapse"),
        new HelpCommand(),
    ];
}
