using System.CommandLine;

namespace SynapseLab.Cli.Commands;

/// <summary>A verb of the script <c>lab</c> itself, because it comes before there is a build. It is here for the list of verbs: the
/// script hands it to nobody.</summary>
/// <param name="verb">The verb.</param>
/// <param name="description">What it does.</param>
internal sealed class ScriptCommand(string verb, string description) : ILabCommand
{
    public Command Build(LabServices services)
    {
        var command = new Command(verb, description) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(int (_) => throw LabException.WrongUse($"{verb} is a verb of the script 'lab'", fix: $"Type {ToType.Lab(verb)}"));
        return command;
    }
}
