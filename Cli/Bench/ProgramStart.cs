using System.Diagnostics;
using System.Globalization;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Cli.Bench;

/// <summary>Measures starts by programs as a user types them, which tell line by line what has become healthy: <c>./lab
/// up</c> and the AppHost.</summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">The engine.</param>
/// <param name="labName">The lab.</param>
internal sealed class ProgramStart(LabRoot root, IContainerEngine engine, string labName)
{
    /// <summary><c>./lab up</c>; the process that the script becomes once it has seen that all is built.</summary>
    /// <param name="way">What it is measured as.</param>
    /// <param name="topology">Name or path.</param>
    /// <param name="files">Looks at the files that it makes.</param>
    /// <param name="cancellationToken">Ends it; the lab may be there then.</param>
    public async Task<StartMeasurement> LabAsync(string way, string topology, FileTraces files, CancellationToken cancellationToken)
    {
        var meter = new StartMeter(engine, labName);
        using var process = Started(Path.Combine(root.Path, "lab"), ["up", topology, "--name", labName, "--detach"], files.Environment);
        await UntilAsync(process, meter, line => line.StartsWith("healthy after", StringComparison.Ordinal), "lab", cancellationToken);
        var measured = await meter.ResultAsync(way, Deployment, cancellationToken);
        await EndAsync(process, cancellationToken);
        return measured;
    }

    /// <summary>The AppHost, built: with Aspire's orchestrator and its dashboard, which says where it is before the lab is
    /// healthy. Then Ctrl-C.</summary>
    /// <param name="topology">Name or path.</param>
    /// <param name="cancellationToken">Ends it; the lab may be there then.</param>
    public async Task<StartMeasurement> AppHostAsync(string topology, CancellationToken cancellationToken)
    {
        var program = Path.Combine(root.Path, "AppHost", "bin", "Release", "net10.0", "AppHost.dll");
        var dashboard = false;
        var meter = new StartMeter(engine, labName);
        // A bench in the background ignores Ctrl-C, and what it starts would too.
        using var process = Started("env", ["--default-signal=INT", "dotnet", program, "--topology", topology, "--name", labName], []);
        await UntilAsync(process, meter, IsUp, "AppHost", cancellationToken);
        var measured = await meter.ResultAsync(StartBenchResult.AppHost, Deployment, cancellationToken);
        return measured with { CtrlCSeconds = await CtrlCAsync(process, cancellationToken) };

        bool IsUp(string line)
        {
            dashboard |= line.Contains("Login to the dashboard", StringComparison.Ordinal);
            return line.Contains($"lab {labName} is healthy after", StringComparison.Ordinal) && dashboard;
        }
    }

    private Deployments.Deployment Deployment => LabState.TryLoad(root.Lab(labName))!.Deployment;

    private Process Started(string program, IReadOnlyList<string> words, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment.Concat(engine.Socket.Environment))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task UntilAsync(
        Process process, StartMeter meter, Func<string, bool> isUp, string who, CancellationToken cancellationToken)
    {
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (isUp(line))
            {
                meter.Stop(process);
                return;
            }

            meter.Read(line);
        }

        throw LabException.Failed($"the {who} did not start: {(await errors).Trim()}");
    }

    private async Task<double> CtrlCAsync(Process process, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await ExternalCommand.RunAsync("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)], null, cancellationToken);
        await EndAsync(process, cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        var left = await ContainersOfLab.ListAsync(engine, labName, cancellationToken);
        return left.Count == 0 && !Directory.Exists(root.Lab(labName).Path)
            ? seconds
            : throw LabException.Failed($"Ctrl-C of the AppHost left {left.Count} containers");
    }

    private static async Task EndAsync(Process process, CancellationToken cancellationToken)
    {
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
    }
}
