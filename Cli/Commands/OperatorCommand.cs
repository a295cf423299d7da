using System.CommandLine;
using SynapseLab.Runtimes;

namespace SynapseLab.Cli.Commands;

/// <summary>An operator's verb on one process: <c>./lab stop|start|restart|kill|pause|unpause|partition|heal PART [--name LAB]</c>.</summary>
/// <param name="verb">The verb.</param>
/// <param name="description">What it does.</param>
/// <param name="done">What is said afterwards: <c>stopped</c>.</param>
/// <param name="actAsync">Does it.</param>
/// <param name="waits">Whether to wait until the process is healthy again.</param>
internal sealed class OperatorCommand(
    string verb,
    string description,
    string done,
    Func<RunningLab, string, CancellationToken, Task> actAsync,
    bool waits = false) : ILabCommand
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ILabCommand> All { get; } =
    [
        new OperatorCommand("stop", "Stop a process or container", "stopped", (lab, part, token) => lab.StopAsync(part, token)),
        new OperatorCommand("start", "Start a stopped process or container and wait until it is healthy", "healthy", (lab, part, token) => lab.StartAsync(part, token), waits: true),
        new OperatorCommand("restart", "Restart a process or container and wait until it is healthy", "healthy", (lab, part, token) => lab.RestartAsync(part, token), waits: true),
        new OperatorCommand("kill", "Kill a process or container, without time to tidy up", "killed", (lab, part, token) => lab.KillAsync(part, token)),
        new OperatorCommand("pause", "Freeze a process or container: its connections stay open and nobody answers", "paused", (lab, part, token) => lab.PauseAsync(part, token)),
        new OperatorCommand("unpause", "Let a frozen process or container go on", "goes on", (lab, part, token) => lab.UnpauseAsync(part, token)),
        new OperatorCommand("partition", "Cut a process or container off the lab's network", "cut off", (lab, part, token) => lab.PartitionAsync(part, token)),
        new OperatorCommand("heal", "Connect a process or container to the lab's network again", "connected", (lab, part, token) => lab.HealAsync(part, token)),
    ];

    public Command Build(LabServices services)
    {
        var part = new Argument<string>("part") { Description = "Process or container: main, generic_worker1, postgres, redis, proxy" };
        var name = LabOptions.Name();
        var command = new Command(verb, description) { part, name };
        command.SetAction((parsed, cancellationToken) => RunAsync(services, parsed.GetValue(name), parsed.GetRequiredValue(part), cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(LabServices services, string? name, string part, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachAsync(name, cancellationToken);
        var begun = services.Time.GetTimestamp();
        await actAsync(lab, part, cancellationToken);
        if (waits)
        {
            var parts = lab.Deployment.Processes.Where(process => process.Container == lab.Container(part).Name).Select(process => process.Id).ToArray();
            await Task.WhenAll(parts.Select(process => lab.WaitReadyAsync(process, Deadline, cancellationToken)));
        }

        services.Output.WriteLine($"{part}: {done} ({services.Time.GetElapsedTime(begun).TotalSeconds:0.0} s)");
        return ExitCodes.Fine;
    }
}
