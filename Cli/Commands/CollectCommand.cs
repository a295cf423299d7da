using SynapseLab.Runtimes.Collecting;
using System.CommandLine;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab collect DIR [--name LAB]</c>: keeps logs, metrics, configuration and status of a lab in a folder.</summary>
internal sealed class CollectCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var folder = new Argument<string>("dir") { Description = "Folder to keep it in, new or empty" };
        var name = LabOptions.Name();
        const string what = "Keep a lab's logs, metrics, configuration and status in a folder, without secrets; "
            + "also of a lab that has ended or did not start";
        var command = new Command("collect", what) { folder, name };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(services, parsed.GetRequiredValue(folder), parsed.GetValue(name), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, string folder, string? name, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachToLookAsync(name, cancellationToken);
        var missing = await lab.CollectAsync(folder, cancellationToken);
        Failure.Write(services.Error, missing);
        var files = new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories);
        var size = $"{files.Sum(file => file.Length) / 1048576.0:0.0} MB";
        var rest = missing.Count == 0 ? "" : $"; what could not be had is in {Path.Combine(folder, "missing.txt")}";
        services.Output.WriteLine($"lab {lab.Name}: {files.Length} files ({size}) in {folder}{rest}");
        return missing.Count == 0 ? ExitCodes.Fine : ExitCodes.Failed;
    }
}
