using System.CommandLine;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab bench</c>: measurements of the lab itself, a verb below it each.</summary>
/// <param name="parts">The benches.</param>
internal sealed class BenchCommand(params IReadOnlyList<ILabCommand> parts) : ILabCommand
{
    public Command Build(LabServices services)
    {
        var command = new Command("bench", "Measure the lab itself; on a quiet machine");
        foreach (var part in parts)
        {
            command.Subcommands.Add(part.Build(services));
        }

        return command;
    }
}
