using System.CommandLine;
using System.Globalization;
using SynapseLab.LoadTests.Bench;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes.Images;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab bench driver</c>: what a request costs the lab's load drivers, beside wrk.</summary>
internal sealed class BenchDriverCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var rounds = new Option<int>("--rounds") { Description = "How often each is measured, in turns; medians are shown", DefaultValueFactory = _ => 3 };
        var seconds = new Option<double>("--seconds") { Description = "How long one measurement is", DefaultValueFactory = _ => 4 };

        // What the bench starts itself with, so that each driver has a process of its own.
        var measure = new Option<string?>("--measure") { Hidden = true };
        var request = new Option<string>("--request") { Hidden = true, DefaultValueFactory = _ => "get" };
        var port = new Option<int>("--port") { Hidden = true };
        var command = new Command("driver", "CPU per request of the load drivers beside wrk, against nginx with a fixed reply; cost of recording. " + BenchMachine.Needs) { rounds, seconds, measure, request, port };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            if (parsed.GetValue(measure) is { } what)
            {
                services.Output.WriteLine(await DriverBench.MeasureAsync(services.Drivers, what, parsed.GetValue(request)!, parsed.GetValue(port), duration, cancellationToken));
                return ExitCodes.Fine;
            }

            if (parsed.GetValue(rounds) is < 1 or > 100 || duration < TimeSpan.FromSeconds(1) || duration > TimeSpan.FromMinutes(10))
            {
                throw LabException.WrongUse("--rounds takes 1 to 100, --seconds 1 to 600");
            }

            return await RunAsync(services, parsed.GetValue(rounds), duration, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, int rounds, TimeSpan duration, CancellationToken cancellationToken)
    {
        var live = new LiveLine(services.Error, services.Interactive, services.Time);
        DriverBenchResult result;
        try
        {
            await new BenchMachine(services.Root.Value).EnsureAsync(services.Error.WriteLine, cancellationToken);
            using var engine = services.CreateEngine();
            var images = await new MachineImages(services.Root.Value, engine).ForLabAsync(null, services.Error.WriteLine, cancellationToken);
            result = await new DriverBench(SelfWords(), services.Drivers, engine, new Waiter(services.Time)).RunAsync(images, rounds, duration, new BenchProgress(live), cancellationToken);
        }
        finally
        {
            live.Clear();
        }

        var output = services.Output;
        output.WriteLine($"{"16 connections, one core",-26} {"requests/s",11} {"CPU/request",12} {"of wrk's",9} {"50 %",10} {"99 %",10} {"allocated",10}");
        foreach (var driver in result.Drivers)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{driver.Driver,-26} {driver.PerSecond,11:0} {driver.CpuMicroseconds,9:0.0} us {driver.CpuMicroseconds / result.Beside(driver, "wrk")!.CpuMicroseconds,9:0.00} {driver.P50,7:0} us {driver.P99,7:0} us {driver.Bytes,8:0} B"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"recording a sample: {result.RecordingNanoseconds:0.0} ns, {result.RecordingBytes:0} bytes allocated"));
        var folder = ResultFolder.Create(Path.Combine(services.Root.Value.Artifacts, "bench"), "driver", services.Time.GetUtcNow());
        folder.Write("result.json", result.ToJson());
        foreach (var miss in result.Misses())
        {
            output.WriteLine($"missed: {miss}");
        }

        return result.Misses().Count == 0 ? ExitCodes.Fine : ExitCodes.Failed;
    }

    /// <summary>Words that start this program again.</summary>
    private static IReadOnlyList<string> SelfWords() => [Environment.ProcessPath!, typeof(BenchDriverCommand).Assembly.Location];
}
