using System.CommandLine;
using SynapseLab.Cli.Bench;
using SynapseLab.LoadTests.Bench;
using static System.FormattableString;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab bench driver</c>: what a request costs the lab's load drivers, beside wrk.</summary>
internal sealed class BenchDriverCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var bench = new RequestBench(services, "driver", usualRounds: 3, usualSeconds: 4);
        // What the bench starts itself with, so that each driver has a process of its own.
        var measure = new Option<string?>("--measure") { Hidden = true };
        var request = new Option<string>("--request") { Hidden = true, DefaultValueFactory = _ => "get" };
        var port = new Option<int>("--port") { Hidden = true };
        const string what = "CPU per request of the load drivers beside wrk, against nginx with a fixed reply; cost of recording. ";
        var command = new Command("driver", what + BenchMachine.Needs) { bench.Rounds, bench.Seconds, measure, request, port };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(measure) is { } driver)
            {
                var seconds = TimeSpan.FromSeconds(parsed.GetValue(bench.Seconds));
                services.Output.WriteLine(await DriverBench.MeasureAsync(
                    services.Drivers, driver, parsed.GetValue(request)!, parsed.GetValue(port), seconds, cancellationToken));
                return ExitCodes.Fine;
            }

            var (rounds, duration) = bench.Read(parsed);
            var result = await bench.MeasureAsync(
                (engine, images, waiter, progress) => new DriverBench(SelfWords(), services.Drivers, engine, waiter)
                    .RunAsync(images, rounds, duration, progress, cancellationToken),
                cancellationToken);
            Print(services.Output, result);
            return bench.Conclude(result.ToJson(), result.Misses());
        });
        return command;
    }

    private static void Print(TextWriter output, DriverBenchResult result)
    {
        var columns = $"{"requests/s",11} {"CPU/request",12} {"of wrk's",9} {"50 %",10} {"99 %",10} {"allocated",10}";
        output.WriteLine($"{"16 connections, one core",-26} {columns}");
        foreach (var driver in result.Drivers)
        {
            var timesWrk = driver.CpuMicroseconds / result.Beside(driver, "wrk")!.CpuMicroseconds;
            var cpu = Invariant($"{driver.Driver,-26} {driver.PerSecond,11:0} {driver.CpuMicroseconds,9:0.0} us {timesWrk,9:0.00}");
            output.WriteLine(Invariant($"{cpu} {driver.P50,7:0} us {driver.P99,7:0} us {driver.Bytes,8:0} B"));
        }

        output.WriteLine(Invariant($"recording a sample: {result.RecordingNanoseconds:0.0} ns, {result.RecordingBytes:0} bytes allocated"));
    }

    /// <summary>Words that start this program again.</summary>
    private static IReadOnlyList<string> SelfWords() => [Environment.ProcessPath!, typeof(BenchDriverCommand).Assembly.Location];
}
