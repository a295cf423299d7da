using System.CommandLine;
using SynapseLab.LoadTests.Bench;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Images;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Bench;

/// <summary>What the benches of requests have in common: their options, what they need of the machine, and what
/// becomes of a result.</summary>
/// <param name="services">Terminal and machine.</param>
/// <param name="name">The verb: <c>driver</c>.</param>
/// <param name="usualRounds">Where nobody says how many.</param>
/// <param name="usualSeconds">Where nobody says how long.</param>
internal sealed class RequestBench(LabServices services, string name, int usualRounds, double usualSeconds)
{
    /// <summary>Measures.</summary>
    internal delegate Task<T> Measurement<T>(IContainerEngine engine, ImageSet images, Waiter waiter, IProgress<string> progress);

    /// <summary><c>--rounds N</c>.</summary>
    public Option<int> Rounds { get; } = new("--rounds")
    {
        Description = "How often each is measured, in turns; medians are shown",
        DefaultValueFactory = _ => usualRounds,
    };

    /// <summary><c>--seconds N</c>.</summary>
    public Option<double> Seconds { get; } = new("--seconds")
    {
        Description = "How long one measurement is",
        DefaultValueFactory = _ => usualSeconds,
    };

    /// <summary>What was asked for.</summary>
    /// <exception cref="LabException">Too little or too much (exit code 2).</exception>
    public (int Rounds, TimeSpan Duration) Read(ParseResult parsed)
    {
        var (rounds, duration) = (parsed.GetValue(Rounds), TimeSpan.FromSeconds(parsed.GetValue(Seconds)));
        return rounds is < 1 or > 100 || duration < TimeSpan.FromSeconds(1) || duration > TimeSpan.FromMinutes(10)
            ? throw LabException.WrongUse("--rounds takes 1 to 100, --seconds 1 to 600")
            : (rounds, duration);
    }

    /// <summary>Measures on a machine that has what it needs, and shows meanwhile where it is.</summary>
    public async Task<T> MeasureAsync<T>(Measurement<T> measureAsync, CancellationToken cancellationToken)
    {
        var live = new LiveLine(services.Error, services.Interactive, services.Time);
        try
        {
            var (root, say) = (services.Root.Value, (Action<string>)services.Error.WriteLine);
            await new BenchMachine(root).EnsureAsync(say, cancellationToken);
            using var engine = services.CreateEngine();
            var images = await new MachineImages(root, engine).ForLabAsync(null, say, cancellationToken);
            return await measureAsync(engine, images, new Waiter(services.Time), new Progress(live));
        }
        finally
        {
            live.Clear();
        }
    }

    /// <summary>Keeps a result, and tells what it misses.</summary>
    /// <returns>The exit code.</returns>
    public int Conclude(string json, IReadOnlyList<string> misses)
    {
        var folder = ResultFolder.Create(Path.Combine(services.Root.Value.Artifacts, "bench"), name, services.Time.GetUtcNow());
        folder.Write("result.json", json);
        foreach (var miss in misses)
        {
            services.Output.WriteLine($"missed: {miss}");
        }

        return misses.Count == 0 ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private sealed class Progress(LiveLine line) : IProgress<string>
    {
        public void Report(string value) => line.Show(value, 0, "");
    }
}
