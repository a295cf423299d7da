using System.CommandLine;
using SynapseLab.Runtimes.Engine;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab logs PART [-f] [--tail N] [--name LAB]</c>: what a process or container wrote.</summary>
internal sealed class LogsCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var part = new Argument<string>("part") { Description = "Process or container: main, generic_worker1, postgres, redis, proxy" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new lines" };
        var tail = new Option<int?>("--tail") { Description = "Only that many lines from the end", HelpName = "LINES" };
        var name = LabOptions.Name();
        tail.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => !int.TryParse(token.Value, out var lines) || lines < 0))
            {
                result.AddError("--tail takes a number of lines");
            }
        });
        var command = new Command("logs", "Print what a process or container wrote") { part, follow, tail, name };
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = new LogRequest(parsed.GetValue(follow), null, parsed.GetValue(tail));
            return RunAsync(services, parsed.GetValue(name), parsed.GetRequiredValue(part), request, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        LabServices services, string? name, string part, LogRequest request, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachToLookAsync(name, cancellationToken);
        try
        {
            await foreach (var line in lab.LogsAsync(part, request, cancellationToken))
            {
                services.Output.WriteLine(line.Text);
            }
        }
        catch (OperationCanceledException) when (request.Follow)
        {
            // Ctrl-C is how following ends.
        }

        return ExitCodes.Fine;
    }
}
