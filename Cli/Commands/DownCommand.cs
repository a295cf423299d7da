using System.CommandLine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Yaml;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab down [LAB...] [--all]</c>: removes containers, networks, volumes and files of a lab.</summary>
internal sealed class DownCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var labs = new Argument<string[]>("lab")
        {
            Description = "Names of labs; the only one where left out",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var name = LabOptions.Name();
        var all = new Option<bool>("--all") { Description = "Take down every lab of this checkout" };
        var command = new Command("down", "Take a lab down: containers, networks, volumes and files") { labs, name, all };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            services,
            [.. parsed.GetValue(labs) ?? [], .. parsed.GetValue(name) is { } one ? [one] : Array.Empty<string>()],
            parsed.GetValue(all),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services, IReadOnlyList<string> wanted, bool all, CancellationToken cancellationToken)
    {
        using var engine = services.CreateEngine();
        var starter = new LabStarter(services.Root.Value, engine, services.Time, new ProcessTable());
        var names = await starter.NamesAsync(cancellationToken);
        if (wanted.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw await starter.OthersAsync(unknown, cancellationToken) is [var other, ..]
                ? LabException.WrongUse($"lab '{unknown}' is another checkout's", other, "Take it down where it was started")
                : LabException.WrongUse(
                    $"there is no lab '{unknown}'",
                    fix: names.Count == 0 ? "None is running" : Spelling.SuggestAmong(unknown, names, "There are"));
        }

        if (wanted.Count == 0 && !all && names.Count > 1)
        {
            throw LabException.WrongUse(
                $"several labs are there: {string.Join(", ", names)}",
                fix: $"Name one: {ToType.Lab("down", names[0])}, or take all: ./lab down --all");
        }

        var chosen = wanted.Count > 0 ? wanted : names;
        if (chosen.Count == 0)
        {
            services.Output.WriteLine("no lab is there; nothing to take down");
            return ExitCodes.Fine;
        }

        foreach (var name in chosen)
        {
            var begun = services.Time.GetTimestamp();
            await starter.StopAsync(name, cancellationToken);
            services.Output.WriteLine($"lab {name} is down ({services.Time.GetElapsedTime(begun).TotalSeconds:0.0} s)");
            foreach (var other in await starter.OthersAsync(name, cancellationToken))
            {
                services.Output.WriteLine($"a lab {name} of another checkout stays: {other}");
            }
        }

        return ExitCodes.Fine;
    }
}
