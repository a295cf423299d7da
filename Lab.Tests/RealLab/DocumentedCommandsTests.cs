using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// Types what README and docs show, in the order in which it stands there, in a checkout of its own in which nothing runs. One thing is
/// added: the lab's name, which is the machine's and may be another checkout's.
/// </summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed partial class DocumentedCommandsTests : IAsyncLifetime
{
    // Not typed, and why.
    private static readonly Dictionary<string, string> Left = new()
    {
        ["./lab up"] = "it stays in the foreground; InterruptedStartTests end one with Ctrl-C",
        ["./lab test"] = "it runs this test",
        ["dotnet run --project AppHost"] = "it stays in the foreground; AppHostTests run it",
        ["dotnet run --project AppHost -- --topology sharded --name second"] = "it stays in the foreground; AppHostTests run it",
    };

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _checkout = new();
    private readonly string _name = $"test-docs-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    public async Task InitializeAsync()
    {
        FreshCheckout.Make(_checkout.Path);
        // Somebody's own.
        await File.WriteAllTextAsync(
            _checkout.File("my-topology.yaml"),
            "homeservers:\n  my.example:\n    main: {}\n    workers:\n      synchrotron: {role: synchrotron, count: 2}\n"
                + "packing: one-container\n");
    }

    public async Task DisposeAsync()
    {
        await ShellAsync("./lab down --all", CancellationToken.None);
        _checkout.Dispose();
    }

    [Fact]
    public async Task Everything_that_README_and_docs_show_works_as_it_stands_there()
    {
        var commands = DocumentedCommands.Documents.SelectMany(DocumentedCommands.Of).ToArray();
        Assert.All(Left.Keys, left => Assert.Contains(commands, command => command.Text == left));

        foreach (var command in commands.Where(command => !Left.ContainsKey(command.Text)))
        {
            using var limit = new CancellationTokenSource(Deadline);
            var (exitCode, said) = command.Text.EndsWith(" --follow", StringComparison.Ordinal)
                ? await UntilCtrlCAsync(command.Text, limit.Token)
                : await ShellAsync(AsTyped(command.Text), limit.Token);
            Assert.True(
                exitCode == ExitCodes.Fine || (exitCode == ExitCodes.Failed && IsVerdict(command.Text, said)),
                $"{command.Where}: {command.Text}: exit code {exitCode}: {said}");
        }
    }

    // A load is short here: what it finds out is no matter, only that it runs.
    private string AsTyped(string command) =>
        command.StartsWith("./lab up ", StringComparison.Ordinal) ? $"{command} --name {_name}"
        : command.StartsWith("./lab load ", StringComparison.Ordinal) ? $"{Duration().Replace(command, "")} --duration 2s"
        : command;

    // Whether so short a load on a machine with other work is good, no document says.
    private static bool IsVerdict(string command, string said) =>
        command.StartsWith("./lab load ", StringComparison.Ordinal) && said.Contains("report: ", StringComparison.Ordinal);

    private async Task<(int ExitCode, string Said)> ShellAsync(string command, CancellationToken cancellationToken)
    {
        var result = await ExternalCommand.RunAsync(
            "sh",
            ["-c", $"cd '{_checkout.Path}' && export LAB_ROOT='{_checkout.Path}' && {command}"],
            null,
            cancellationToken);
        return (result.ExitCode, result.Output + result.Error);
    }

    private async Task<(int ExitCode, string Said)> UntilCtrlCAsync(string command, CancellationToken cancellationToken)
    {
        // As LabProgram does: a background job would not hear Ctrl-C.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "sh", "-c", $"exec {command}"])
        {
            WorkingDirectory = _checkout.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[LabRoot.Variable] = _checkout.Path;
        using var process = Process.Start(start)!;
        var first = await process.StandardOutput.ReadLineAsync(cancellationToken);
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(cancellationToken);
        }

        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        var rest = output + await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, first + rest);
    }

    [GeneratedRegex(" --duration [0-9a-z]+")]
    private static partial Regex Duration();
}
