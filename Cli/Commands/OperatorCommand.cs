using System.CommandLine;
using System.Globalization;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Cli.Commands;

/// <summary>An operator's verb on one process: <c>./lab stop|start|restart|kill|pause|unpause|partition|heal PART
/// [--name LAB]</c>.</summary>
/// <param name="verb">The verb.</param>
/// <param name="description">What it does.</param>
/// <param name="waits">Whether to wait until the part is healthy again.</param>
internal sealed class OperatorCommand(Verb verb, string description, bool waits = false) : ILabCommand
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ILabCommand> All { get; } =
    [
        new OperatorCommand(Verb.Stop, "Stop a process or container"),
        new OperatorCommand(Verb.Start, "Start a stopped process or container and wait until it is healthy", waits: true),
        new OperatorCommand(Verb.Restart, "Restart a process or container and wait until it is healthy", waits: true),
        new OperatorCommand(Verb.Kill, "Kill a process or container, without time to tidy up"),
        new OperatorCommand(Verb.Pause, "Freeze a process or container: its connections stay open and nobody answers"),
        new OperatorCommand(Verb.Unpause, "Let a frozen process or container go on"),
        new OperatorCommand(Verb.Partition, "Cut a process or container off the lab's network"),
        new OperatorCommand(Verb.Heal, "Connect a process or container to the lab's network again"),
    ];

    public Command Build(LabServices services)
    {
        var part = new Argument<string>("part") { Description = "Process or container: main, generic_worker1, postgres, redis, proxy" };
        var name = LabOptions.Name();
        var command = new Command(verb.Word(), description) { part, name };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(services, parsed.GetValue(name), parsed.GetRequiredValue(part), cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(LabServices services, string? name, string part, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachAsync(name, cancellationToken);
        var begun = services.Time.GetTimestamp();
        var already = await lab.DoAsync(verb, part, ToType.Lab(verb.Word(), part), cancellationToken);
        var outcome = already is null ? "" : $"{already}, ";
        if (waits)
        {
            var healths = await lab.WaitHealthyAsync(part, Deadline, cancellationToken);
            var ill = healths.Where(health => !health.IsWell)
                .Select(health => healths.Count == 1 ? health.Sentence : $"{health.Part.Name} {health.Sentence}")
                .ToArray();
            outcome += ill.Length == 0 ? "healthy" : string.Join("; ", ill);
            services.Output.WriteLine($"{part}: {outcome} ({Seconds()} s)");
            return healths.All(health => health.IsHealthy) ? ExitCodes.Fine : ExitCodes.Failed;
        }

        services.Output.WriteLine($"{part}: {already ?? verb.Done()} ({Seconds()} s){await RestAsync(lab, part, cancellationToken)}");
        return ExitCodes.Fine;

        string Seconds() => services.Time.GetElapsedTime(begun).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
    }

    // A part may have been frozen and cut off: whoever undoes one is told of the other.
    private async Task<string> RestAsync(RunningLab lab, string name, CancellationToken cancellationToken)
    {
        if (verb is not (Verb.Unpause or Verb.Heal))
        {
            return "";
        }

        var part = LabPart.Find(lab.Deployment, name);
        var state = await lab.Operator.StateAsync(part, cancellationToken);
        return state.IsUp ? "" : $"; but it is {state.Matters[0]}. Next {lab.Operator.Remedy(part, state)}";
    }
}
