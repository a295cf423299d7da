using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Hosting.Commands;

/// <summary>
/// Commands on a container for what goes wrong in production. Start, stop and restart are Aspire's own. These are the
/// verbs of <c>./lab</c>, so that <c>./lab status</c> of the lab tells what the dashboard did. Where processes share a
/// container, they ask for one of them.
/// </summary>
/// <param name="commands">Adds them.</param>
internal sealed class OperatorCommands(LabCommand commands)
{
    private const string Part = "part";

    private static readonly (Verb Verb, string DisplayName, string Icon, string Description)[] All =
    [
        (Verb.Kill, "Kill", "Flash", "Ends it at once (SIGKILL), as a crash would."),
        (Verb.Pause, "Pause", "Pause", "Freezes it: its connections stay open and nobody answers."),
        (Verb.Unpause, "Unpause", "PlayCircle", "Lets it go on."),
        (Verb.Partition, "Cut off", "PlugDisconnected", "Cuts it off the lab's network: it runs, reaches nobody and nobody reaches it."),
        (Verb.Heal, "Heal", "PlugConnected", "Connects it to the lab's network again."),
    ];

    /// <summary>Adds all of them.</summary>
    /// <param name="container">The resource.</param>
    /// <param name="deployment">The deployment it belongs to.</param>
    /// <param name="spec">What it is in the deployment.</param>
    public void AddTo(IResourceBuilder<ContainerResource> container, Deployment deployment, ContainerSpec spec)
    {
        var processes = deployment.Processes.Where(process => process.Container == spec.Name).Select(process => process.Id).ToArray();
        foreach (var (verb, displayName, icon, description) in All)
        {
            // One network for all processes of a container: only the whole of it can be cut off.
            var choices = spec.Kind == ContainerKind.Homeserver && verb is not (Verb.Partition or Verb.Heal) ? processes : [];
            commands.AddOnLab(
                container,
                verb.Word(),
                displayName,
                new CommandOptions
                {
                    Description = description,
                    IconName = icon,
                    Arguments = choices.Length == 0 ? [] : [Choice(spec, choices)],
                },
                async (lab, context) =>
                {
                    var part = LabCommand.Given(context, Part) ?? spec.Name;
                    var already = await lab.DoAsync(verb, part, "the dashboard", context.CancellationToken);
                    return CommandResults.Success($"{part}: {already ?? verb.Done()}");
                });
        }
    }

    private static InteractionInput Choice(ContainerSpec spec, IEnumerable<string> processes) => new()
    {
        Name = Part,
        Label = "Process",
        InputType = InputType.Choice,
        Value = spec.Name,
        Options = [KeyValuePair.Create(spec.Name, "the whole container"), .. processes.Select(id => KeyValuePair.Create(id, id))],
    };
}
