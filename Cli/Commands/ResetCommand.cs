using SynapseLab.Runtimes.Resetting;
using System.CommandLine;
using System.Globalization;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab reset [LAB]</c>: fresh homeservers in a running lab.</summary>
internal sealed class ResetCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var lab = new Argument<string?>("lab")
        {
            Description = "Name of the lab; the only running one where left out",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var name = LabOptions.Name();
        const string what = "Make a running lab's homeservers as after its start: no users, rooms and media; addresses and keys stay";
        var command = new Command("reset", what) { lab, name };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(services, parsed.GetValue(lab) ?? parsed.GetValue(name), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, string? name, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachAsync(name, cancellationToken);
        var begun = services.Time.GetTimestamp();
        await lab.ResetAsync(ToType.Lab("reset", lab.Name), cancellationToken);
        var seconds = services.Time.GetElapsedTime(begun).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        services.Output.WriteLine(
            $"lab {lab.Name} is fresh and healthy ({seconds} s): "
            + "users, rooms and media are gone; addresses, secrets and signing keys are as before");
        return ExitCodes.Fine;
    }
}
