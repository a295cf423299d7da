using System.Globalization;
using System.Text.RegularExpressions;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Bench;

/// <summary>
/// Measures cold starts in turns, so that a drift of the machine's speed meets all ways alike: <c>./lab up</c> as a user starts it, a plain
/// shell script with the same containers, <c>./lab up</c> with all processes of a homeserver in one container, and
/// the AppHost. What it started is measured on until it is down again.
/// </summary>
/// <param name="root">The checkout.</param>
/// <param name="engine">The engine.</param>
/// <param name="time">The clock.</param>
/// <param name="progress">Is told of each measurement.</param>
internal sealed partial class StartBench(LabRoot root, IContainerEngine engine, TimeProvider time, Action<string> progress)
{
    // Unique on this machine, as names of labs are: another checkout may measure too, if not at the same time.
    private string LabName => $"bench-start-{root.Mark}";

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
        var (programs, script) = (new ProgramStart(root, engine, LabName), new ScriptStart(root, engine, time, LabName));
        var starts = new List<StartMeasurement>();
        for (var round = 1; round <= rounds; round++)
        {
            starts.Add(await CleanlyAsync(() => WholeLabAsync(StartBenchResult.Lab, topologyName, cancellationToken)));
            starts.Add(await CleanlyAsync(() => script.MeasureAsync(separate, prepared, cancellationToken)));
            starts.Add(await CleanlyAsync(() => WholeLabAsync(StartBenchResult.OneContainer, packed, cancellationToken)));
            starts.Add(await CleanlyAsync(() => programs.AppHostAsync(topologyName, cancellationToken)));
            var measured = starts.TakeLast(4).Select(start =>
                string.Create(CultureInfo.InvariantCulture, $"{start.Way} {start.Seconds:0.00} s (CPU {start.CpuSeconds:0.0} s)"));
            progress($"round {round} of {rounds}: {string.Join(", ", measured)}");
        }

        return new StartBenchResult(topologyName, cores, starts);

        async Task<StartMeasurement> WholeLabAsync(string way, string topology, CancellationToken token)
        {
            using var files = new FileTraces(root);
            var start = await programs.LabAsync(way, topology, files, token);
            return start with { Running = await new RunningBench(root, engine, time).MeasureAsync(topology, LabName, files, token) };
        }
    }

    private async Task<StartMeasurement> CleanlyAsync(Func<Task<StartMeasurement>> measureAsync)
    {
        try
        {
            return await measureAsync();
        }
        finally
        {
            var cleaner = new LabCleaner(engine, new ProcessTable(), time);
            await cleaner.RemoveAsync(LabName, root.Lab(LabName), CancellationToken.None);
        }
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

    [GeneratedRegex("(?m)^packing:.*$")]
    private static partial Regex PackingLine();
}
