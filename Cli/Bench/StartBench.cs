using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.LoadTests.Runs;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Bench;

/// <summary>
/// Measures cold starts in turns, so that a drift of the machine's speed meets all ways alike: <c>./lab up</c> as a user starts it, a plain
/// shell script with the same containers, <c>./lab up</c> with all processes of a homeserver in one container, and the AppHost. What it started is
/// measured on until it is down again.
/// </summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">The engine.</param>
/// <param name="time">The clock.</param>
/// <param name="progress">Is told of each measurement.</param>
internal sealed partial class StartBench(LabRoot root, IContainerEngine engine, TimeProvider time, Action<string> progress)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    // Unique on this machine, as names of labs are: another checkout may measure too, if not at the same time.
    private string LabName => $"bench-start-{root.Mark}";

    private readonly LabCleaner _cleaner = new(engine, new ProcessTable(), time);

    /// <summary>Runs it.</summary>
    /// <param name="topologyName">Name of the topology.</param>
    /// <param name="rounds">How often each way is measured.</param>
    /// <param name="cancellationToken">Ends it; the lab of the moment is removed.</param>
    public async Task<StartBenchResult> RunAsync(string topologyName, int rounds, CancellationToken cancellationToken)
    {
        var topologies = new TopologyLibrary(root.Topologies);
        var separate = topologies.Load(topologyName);
        var packed = PackedFile(topologyName);
        topologies.Load(packed);
        var images = await new MachineImages(root, engine).ForLabAsync(separate.SynapseImage, progress, cancellationToken);
        var prepared = await new PreparedDatabase(root, engine, new Waiter(time)).ForLabAsync(images, progress, cancellationToken)
            ?? throw LabException.Failed("without a prepared database there is nothing to compare");
        var cores = (await engine.InfoAsync(cancellationToken)).Cpus;
        var starts = new List<StartMeasurement>();
        for (var round = 1; round <= rounds; round++)
        {
            starts.Add(await CleanlyAsync(() => WholeLabAsync(StartBenchResult.Lab, topologyName, cancellationToken)));
            starts.Add(await CleanlyAsync(() => ScriptAsync(separate, prepared, cancellationToken)));
            starts.Add(await CleanlyAsync(() => WholeLabAsync(StartBenchResult.OneContainer, packed, cancellationToken)));
            starts.Add(await CleanlyAsync(() => AppHostAsync(topologyName, cancellationToken)));
            progress(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round} of {rounds}: {string.Join(", ", starts.TakeLast(4).Select(start => $"{start.Way} {start.Seconds:0.00} s (CPU {start.CpuSeconds:0.0} s)"))}"));
        }

        return new StartBenchResult(topologyName, cores, starts);
    }

    private async Task<StartMeasurement> CleanlyAsync(Func<Task<StartMeasurement>> measureAsync)
    {
        try
        {
            return await measureAsync();
        }
        finally
        {
            await _cleaner.RemoveAsync(LabName, root.Lab(LabName), CancellationToken.None);
        }
    }

    private async Task<StartMeasurement> WholeLabAsync(string way, string topology, CancellationToken cancellationToken)
    {
        using var files = new FileTraces(root);
        var start = await LabAsync(way, topology, files, cancellationToken);
        return start with { Running = await new RunningBench(root, engine, time).MeasureAsync(topology, LabName, files, cancellationToken) };
    }

    // As a user starts it; the process that the script becomes once it has seen that all is built.
    private async Task<StartMeasurement> LabAsync(string way, string topology, FileTraces files, CancellationToken cancellationToken)
    {
        var healthy = new Dictionary<string, double>();
        var busy = MachineCpu.BusySeconds();
        var clock = Stopwatch.StartNew();
        var start = new ProcessStartInfo(Path.Combine(root.Path, "lab"), ["up", topology, "--name", LabName, "--detach"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in files.Environment.Concat(engine.Socket.Environment))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("healthy after", StringComparison.Ordinal))
            {
                var seconds = clock.Elapsed.TotalSeconds;
                var cpu = (Machine: MachineCpu.BusySeconds() - busy, Starter: process.TotalProcessorTime.TotalSeconds);
                var deployment = LabState.TryLoad(root.Lab(LabName))!.Deployment;
                var measured = await MeasureAsync(way, seconds, cpu, deployment, healthy, cancellationToken);
                await process.StandardOutput.ReadToEndAsync(cancellationToken);
                await process.WaitForExitAsync(cancellationToken);
                return measured;
            }

            if (PartLine().Match(line) is { Success: true } part)
            {
                healthy[part.Groups["name"].Value] = clock.Elapsed.TotalSeconds;
            }
        }

        throw LabException.Failed($"the lab did not start: {(await errors).Trim()}");
    }

    // As a user starts it, built: with Aspire's orchestrator and its dashboard, which says where it is before the lab is healthy.
    private async Task<StartMeasurement> AppHostAsync(string topology, CancellationToken cancellationToken)
    {
        var healthy = new Dictionary<string, double>();
        var program = Path.Combine(root.Path, "AppHost", "bin", "Release", "net10.0", "AppHost.dll");
        // A bench in the background ignores Ctrl-C, and what it starts would too.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", program, "--topology", topology, "--name", LabName]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in engine.Socket.Environment)
        {
            start.Environment[name] = value;
        }

        var busy = MachineCpu.BusySeconds();
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var dashboard = false;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            dashboard |= line.Contains("Login to the dashboard", StringComparison.Ordinal);
            if (line.Contains($"lab {LabName} is healthy after", StringComparison.Ordinal) && dashboard)
            {
                var seconds = clock.Elapsed.TotalSeconds;
                var cpu = (MachineCpu.BusySeconds() - busy, process.TotalProcessorTime.TotalSeconds);
                var measured = await MeasureAsync(StartBenchResult.AppHost, seconds, cpu, LabState.TryLoad(root.Lab(LabName))!.Deployment, healthy, cancellationToken);
                return measured with { CtrlCSeconds = await CtrlCAsync(process, cancellationToken) };
            }

            if (PartLine().Match(line) is { Success: true } part)
            {
                healthy[part.Groups["name"].Value] = clock.Elapsed.TotalSeconds;
            }
        }

        throw LabException.Failed($"the AppHost did not start: {(await errors).Trim()}");
    }

    private async Task<double> CtrlCAsync(Process process, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await ExternalCommand.RunAsync("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)], null, cancellationToken);
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        var left = await engine.ListAsync($"{LabLabels.Name}={LabName}", cancellationToken);
        return left.Count == 0 && !Directory.Exists(root.Lab(LabName).Path) ? seconds : throw LabException.Failed($"Ctrl-C of the AppHost left {left.Count} containers");
    }

    private async Task<StartMeasurement> ScriptAsync(Topology topology, ImageSet images, CancellationToken cancellationToken)
    {
        using var claims = new PortClaims();
        var deployment = DeploymentBuilder.Build(topology, new DeploymentInputs { LabName = LabName, Images = images, PreparedDatabase = true, Ports = await FreePortsAsync(topology, claims, cancellationToken) });
        var folder = root.Lab(LabName);
        LabFileWriter.Write(folder, deployment.Files);
        new SecretWriter(time).Write(folder, deployment.Secrets);
        var script = folder.File("run.sh");
        await File.WriteAllTextAsync(script, DockerRunScript.Render(deployment, folder, UnixUser.Current()), cancellationToken);

        var healthy = new Dictionary<string, double>();
        await using var watch = new ContainerWatch(engine, deployment, time.GetUtcNow());
        using var parts = new PartClient(deployment, folder, engine, (spec, token) => watch.IdOfAsync(spec.Name, token));
        var checks = StartChecks.Of(deployment, watch.Signs, parts);
        var busy = MachineCpu.BusySeconds();
        var clock = Stopwatch.StartNew();
        var running = ExternalCommand.RunAsync("sh", [script], engine.Socket.Environment, cancellationToken);
        var ready = new Waiter(time).UntilAsync(Deadline, checks, (check, _) => healthy[check.Name] = clock.Elapsed.TotalSeconds, cancellationToken);
        if (await Task.WhenAny(ready, watch.Death) == watch.Death)
        {
            throw new LabException(ExitCodes.Failed, await watch.Death);
        }

        await ready;
        var seconds = clock.Elapsed.TotalSeconds;
        var measured = await MeasureAsync(StartBenchResult.Script, seconds, (MachineCpu.BusySeconds() - busy, 0), deployment, healthy, cancellationToken);
        var result = await running;
        return result.ExitCode == 0 ? measured : throw LabException.Failed($"the script failed: {result.LastError}");
    }

    private Task<PortPlan> FreePortsAsync(Topology topology, PortClaims claims, CancellationToken cancellationToken)
    {
        var others = LabState.LoadAll(root).ToArray();
        return new PortPlanner(engine, new ProcessTable()).ChooseAsync(topology, null, others, claims, _ => { }, cancellationToken);
    }

    private async Task<StartMeasurement> MeasureAsync(
        string way, double seconds, (double Machine, double Starter) cpu, Deployment deployment, Dictionary<string, double> healthy, CancellationToken cancellationToken)
    {
        var containers = await engine.ListAsync($"{LabLabels.Name}={LabName}", cancellationToken);
        var usages = await Task.WhenAll(containers.Select(async container => (Name: container.Labels[LabLabels.Container], Usage: await engine.UsageAsync(container.Id, cancellationToken))));
        IReadOnlyList<ContainerStart> starts = [.. deployment.Containers
            .Join(usages, spec => spec.Name, usage => usage.Name, (spec, usage) => new ContainerStart(
                spec.Name,
                (usage.Usage?.CpuNanoseconds ?? 0) / 1e9,
                deployment.Processes.Where(process => process.Container == spec.Name).Select(process => process.Id).Append(spec.Name).Max(healthy.GetValueOrDefault),
                usage.Usage?.ResidentBytes ?? 0))];
        return new StartMeasurement(way, seconds, starts, Math.Max(0, cpu.Machine - starts.Sum(one => one.CpuSeconds)), cpu.Starter);
    }

    // The same topology with another packing, beside the results.
    private string PackedFile(string topologyName)
    {
        var text = File.ReadAllText(Path.Combine(root.Topologies, topologyName + ".yaml"));
        var file = Path.Combine(root.Artifacts, "bench", $"{topologyName}-one-container.yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, PackingLine().Replace(text, "").TrimEnd() + "\npacking: one-container\n");
        return file;
    }

    //      9.8 s  generic_worker1
    [GeneratedRegex(@"^ +[0-9.]+ s  (?<name>[a-z0-9_-]+)$")]
    private static partial Regex PartLine();

    [GeneratedRegex("(?m)^packing:.*$")]
    private static partial Regex PackingLine();
}
