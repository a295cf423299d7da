using SynapseLab.Cli.Commands;
using System.CommandLine;

namespace SynapseLab.Cli;

/// <summary>One verb of <c>./lab</c>. A new one is a file in Commands/ and a line in <see cref="LabCommands"/>.</summary>
public interface ILabCommand
{
    /// <summary>The verb with its arguments, options and action. The action's return value is the exit code; problems are thrown as
    /// <see cref="LabException"/>.</summary>
    Command Build(LabServices services);
}
