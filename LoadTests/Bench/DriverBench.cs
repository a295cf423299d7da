using System.Globalization;
using System.Net;
using System.Text.Json;
using SynapseLab.LoadTests.Driver;
using SynapseLab.Numbers;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Bench;

/// <summary>What a request costs the lab's drivers, beside wrk: against one nginx with a fixed reply, one core each, in turns, so that the
/// machine's moods hit all alike.</summary>
/// <param name="self">Words that start this program: what follows them are its arguments.</param>
/// <param name="drivers">The lab's drivers.</param>
/// <param name="engine">Runs nginx.</param>
/// <param name="waiter">Waits for nginx.</param>
public sealed class DriverBench(IReadOnlyList<string> self, LoadDrivers drivers, IContainerEngine engine, Waiter waiter)
{
    /// <summary>The built-in driver's CPU per request over wrk's for the same request, at most.</summary>
    public const double MostTimesWrk = 3.5;

    /// <summary>Requests per second of the built-in driver on one core, at least.</summary>
    public const double LeastPerSecond = 20_000;

    /// <summary>Nanoseconds to record a sample, below.</summary>
    public const double RecordingBelow = 100;

    private const int Connections = 16;
    private const int ServerCore = 0;
    private const int DriverCore = 1;

    /// <summary>Measures.</summary>
    /// <param name="images">nginx's image.</param>
    /// <param name="rounds">How many turns; medians are taken.</param>
    /// <param name="duration">How long one measurement is.</param>
    /// <param name="progress">Told what is measured.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LabException">A program is missing (exit code 2) or failed (exit code 1).</exception>
    public async Task<DriverBenchResult> RunAsync(
        ImageSet images, int rounds, TimeSpan duration, IProgress<string> progress, CancellationToken cancellationToken)
    {
        // Said before anything is started.
        BenchTool.Find("wrk", "wrk");
        var folder = Directory.CreateTempSubdirectory("lab-bench-").FullName;
        var port = LoopbackPort.AnyFree();
        try
        {
            // Everybody may read it: nginx in the container drops to a user of its own.
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            var server = Directory.CreateDirectory(Path.Combine(folder, "server")).FullName;
            var configuration = BenchNginx.FixedReply("/tmp", port);
            await using var nginx = await BenchNginx.StartAsync(
                server, configuration, port, ServerCore, images.Nginx, engine, waiter, cancellationToken);
            var script = Path.Combine(folder, "send.lua");
            await File.WriteAllTextAsync(script, FixedRequestWorkload.SendInLua, cancellationToken);
            var measured = new Dictionary<string, List<MeasuredDriver>>();
            void Add(string name, MeasuredDriver one)
            {
                if (!measured.TryGetValue(name, out var list))
                {
                    measured[name] = list = [];
                }

                list.Add(one);
            }

            string[] measure = [.. BenchTool.Pin(DriverCore), .. self, "bench", "driver", "--measure"];
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var (request, lua) in new[] { ("get", null), ("send", script) })
                {
                    progress.Report($"round {round} of {rounds}: wrk {request}");
                    var url = new Uri($"http://127.0.0.1:{port}/");
                    var wrk = await Wrk.RunAsync(url, Connections, duration, DriverCore, lua, cancellationToken);
                    Add($"wrk {request}", wrk with { Driver = $"wrk {request}" });
                }

                foreach (var driver in drivers.Names)
                {
                    foreach (var request in new[] { "get", "send" })
                    {
                        progress.Report($"round {round} of {rounds}: {driver} {request}");
                        var seconds = Invariant($"{duration.TotalSeconds}");
                        string[] what = [driver, "--request", request, "--port", Invariant($"{port}"), "--seconds", seconds];
                        var json = await BenchTool.RunAsync([.. measure, .. what], cancellationToken);
                        Add($"{driver} {request}", MeasuredDriver.FromJson(json) with { Driver = $"{driver} {request}" });
                    }
                }
            }

            progress.Report("recording");
            var recording = await BenchTool.RunAsync([.. measure, "recording"], cancellationToken);
            var parts = recording.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return new DriverBenchResult(
                [.. measured.Values.Select(runs => runs.NearestToMedian(run => run.CpuMicroseconds))],
                double.Parse(parts[0], CultureInfo.InvariantCulture),
                double.Parse(parts[1], CultureInfo.InvariantCulture));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One measurement in a process of its own, for <see cref="RunAsync"/>.</summary>
    /// <param name="drivers">The lab's drivers.</param>
    /// <param name="what">A driver's name, or <c>recording</c>.</param>
    /// <param name="request"><c>get</c>: the smallest request; <c>send</c>: a PUT with token and body, as load profiles make them.</param>
    /// <param name="port">nginx's port on loopback.</param>
    /// <param name="duration">How long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>One line for the process that started this one.</returns>
    public static async Task<string> MeasureAsync(
        LoadDrivers drivers, string what, string request, int port, TimeSpan duration, CancellationToken cancellationToken)
    {
        if (what == "recording")
        {
            var (nanoseconds, bytes) = DriverMeasurement.Recording();
            return Invariant($"{nanoseconds:0.00} {bytes:0.00}");
        }

        var host = Invariant($"127.0.0.1:{port}");
        var bytesOfRequest = request == "get" ? FixedRequestWorkload.Get(host) : FixedRequestWorkload.Send(host);
        var nginx = new IPEndPoint(IPAddress.Loopback, port);
        var measured = await DriverMeasurement.RunAsync(drivers.Get(what), nginx, bytesOfRequest, Connections, duration, cancellationToken);
        return measured.ToJson();
    }
}

/// <summary>What the bench of the drivers gave.</summary>
/// <param name="Drivers">The median run of each; wrk's first.</param>
/// <param name="RecordingNanoseconds">Time to record a sample.</param>
/// <param name="RecordingBytes">Bytes allocated by it.</param>
public sealed record DriverBenchResult(IReadOnlyList<MeasuredDriver> Drivers, double RecordingNanoseconds, double RecordingBytes)
{
    /// <summary>What misses the figures of <see cref="DriverBench"/>, a sentence each; empty: nothing.</summary>
    public IReadOnlyList<string> Misses()
    {
        var misses = new List<string>();
        foreach (var builtin in Drivers.Where(driver => driver.Driver.StartsWith("builtin", StringComparison.Ordinal)))
        {
            var (name, cost, most) = (builtin.Driver, builtin.CpuMicroseconds, DriverBench.MostTimesWrk);
            var times = cost / Beside(builtin, "wrk")!.CpuMicroseconds;
            if (times > most)
            {
                misses.Add(Invariant($"{name} costs {times:0.00} times wrk's CPU per request, at most {most} are wanted"));
            }

            if (builtin.PerSecond < DriverBench.LeastPerSecond)
            {
                misses.Add(Invariant($"{name} does {builtin.PerSecond:0} requests/s, at least {DriverBench.LeastPerSecond} are wanted"));
            }

            if (builtin.Errors > 0)
            {
                misses.Add(Invariant($"{name} had {builtin.Errors} errors"));
            }

            if (Beside(builtin, "nbomber") is { } nbomber && cost >= nbomber.CpuMicroseconds)
            {
                misses.Add(Invariant($"{name} costs {cost:0.0} us per request, NBomber {nbomber.CpuMicroseconds:0.0}"));
            }
        }

        if (RecordingNanoseconds >= DriverBench.RecordingBelow)
        {
            misses.Add(Invariant($"recording a sample takes {RecordingNanoseconds:0.0} ns, below {DriverBench.RecordingBelow} is wanted"));
        }

        if (RecordingBytes > 0)
        {
            misses.Add(Invariant($"recording a sample allocates {RecordingBytes} bytes"));
        }

        return misses;
    }

    /// <summary>The same request with another driver: for <c>builtin send</c> and <c>wrk</c> it is <c>wrk send</c>; null: it was not
    /// measured.</summary>
    public MeasuredDriver? Beside(MeasuredDriver one, string driver) =>
        Drivers.FirstOrDefault(other => other.Driver == $"{driver} {one.Driver.Split(' ')[1]}");

    /// <summary>As the file has it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, BenchJson.Default.DriverBenchResult) + "\n";
}
