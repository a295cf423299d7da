using System.Globalization;

namespace SynapseLab.LoadTests.Reports.Page;

/// <summary>The plots of a result.</summary>
internal static class Plots
{
    /// <summary>Latency of one kind of operation over time: median, 95 %, 99 %.</summary>
    public static string Latency(OperationTimeline operation, string name, double sliceSeconds, double seconds, double width, double height)
    {
        var largest = operation.P99.Max() ?? 0;
        var plot = new Plot($"Latency of {name} over time", width, height, Seconds(seconds), seconds, "seconds since the start", Axis.UpTo(largest), "milliseconds");
        foreach (var (values, colour, stroke) in new[] { (operation.P99, "#d55e00", 1.2), (operation.P95, "#e69f00", 1.6), (operation.P50, "#0072b2", 2.2) })
        {
            // Where nothing was due the line goes on; where all failed it is interrupted.
            plot.Line(
                values.Select((value, i) => (X: Math.Min(seconds, (i + 0.5) * sliceSeconds), value)).Where((_, i) => operation.Done[i] > 0), colour, stroke);
        }

        return plot.ToString();
    }

    /// <summary>Latency by share of the operations. The axis is one of "nines", as HdrHistogram's plots have it, so that the tail can be seen.</summary>
    public static string Distribution(IReadOnlyList<OperationResult> operations, double width, double height)
    {
        // The share p lies at log10(1 / (1 - p)): 0, 90 %, 99 %, 99.9 % are equally far apart.
        static double Place(double percent) => Math.Min(4, -Math.Log10(Math.Max(1e-4, 1 - (percent / 100))));
        var largest = operations.SelectMany(operation => operation.Distribution).Select(point => point.Milliseconds).DefaultIfEmpty(1).Max();
        var marks = new[] { 0, 50, 75, 90, 95, 99, 99.9, 99.99 }.Select(percent => (Place(percent), percent.ToString(CultureInfo.InvariantCulture) + " %"));
        var plot = new Plot("Distribution of latency", width, height, marks, 4, "share of the operations that were not slower", Axis.UpTo(largest), "milliseconds");
        foreach (var (operation, i) in operations.Select((operation, i) => (operation, i)))
        {
            plot.Line(operation.Distribution.Select(point => (Place(point.Percent), (double?)point.Milliseconds)), Palette.Of(i), 2);
        }

        return plot.ToString();
    }

    /// <summary>Cores used by each process or container over time, stacked.</summary>
    public static string Cpu(RunTimeline timeline, IReadOnlyList<string> parts, double seconds, int cpus, double width, double height)
    {
        // A reading tells what was used since the one before it, so the first one's value holds from the beginning.
        IReadOnlyList<double> x = [0, .. timeline.UsageSeconds];
        var end = Math.Max(seconds, x[^1]);
        var plot = new Plot("CPU by process over time", width, height, Seconds(end), end, "seconds since the start", Axis.UpTo(Math.Max(cpus, 0.1)), "cores");
        var low = new double[x.Count];
        foreach (var (part, i) in parts.Select((part, i) => (part, i)))
        {
            // What was not read is not there: a notch in the area, and told below the plot.
            var cores = timeline.Cores[part].Select(used => used ?? 0).ToArray();
            var high = low.Zip(cores.Take(1).Concat(cores), (below, used) => below + used).ToArray();
            plot.Area(x, low, high, Palette.Of(i), part);
            low = high;
        }

        plot.Level(cpus, string.Create(CultureInfo.InvariantCulture, $"the machine's {cpus} cores"));
        return plot.ToString();
    }

    private static IEnumerable<(double, string)> Seconds(double seconds) => Axis.Exactly(seconds).Ticks.Select(tick => (tick, Axis.Label(tick)));
}
