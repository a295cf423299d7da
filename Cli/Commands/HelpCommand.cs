using System.CommandLine;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab help [VERB]</c>, the same as <c>./lab VERB --help</c>. It is here for the list of verbs;
/// <see cref="CommandRunner"/> turns the words.</summary>
internal sealed class HelpCommand : ILabCommand
{
    public const string Verb = "help";

    public Command Build(LabServices services) => new(Verb, "Show the verbs, or the options of one")
    {
        new Argument<string[]>("verb") { Description = "For example: up, or scenario run", Arity = ArgumentArity.ZeroOrMore },
    };
}
