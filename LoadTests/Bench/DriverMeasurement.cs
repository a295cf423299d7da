using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Reports;

namespace SynapseLab.LoadTests.Bench;

/// <summary>One driver against one server, in this process and nothing else in it, so that the process's CPU is the driver's.</summary>
internal static class DriverMeasurement
{
    // JIT and connections are behind it by then.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>Keeps a fixed number of connections busy and counts.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="to">The server.</param>
    /// <param name="request">Head and body of the request.</param>
    /// <param name="connections">How many.</param>
    /// <param name="duration">How long, after two seconds of warming up.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<MeasuredDriver> RunAsync(
        ILoadDriver driver, IPEndPoint to, ReadOnlyMemory<byte> request, int connections, TimeSpan duration,
        CancellationToken cancellationToken)
    {
        var clock = new RunClock(TimeProvider.System);
        using var workload = new FixedRequestWorkload(to, request, connections, clock.Time);
        using var recorder = new Recorder();
        var errors = new ErrorTally();
        var collector = new SampleCollector(WarmUp + duration);
        var (cpu, counted, at, allocated) = (TimeSpan.Zero, 0L, 0L, 0L);
        void Drain() => recorder.Drain(taken => collector.Add(taken));
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var driving = driver.RunAsync(
            new DriverRun
            {
                Workload = workload,
                Duration = WarmUp + duration,
                Instruments = new RunInstruments(clock, recorder, errors),
                Stop = cancellationToken,
                Begin = () =>
                {
                    clock.Restart();
                    begun.TrySetResult();
                },
            },
            CancellationToken.None);
        await Task.WhenAny(begun.Task, driving);

        // Draining is part of the driver's work, as in a real run.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), clock.Time);
        var end = (long)(WarmUp + duration).TotalNanoseconds - 100_000_000;
        while (!driving.IsCompleted && clock.Now < end && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            Drain();
            if (at == 0 && clock.Now >= WarmUp.TotalNanoseconds)
            {
                (cpu, counted) = (Environment.CpuUsage.TotalTime, collector.Done(OperationKind.Request));
                (at, allocated) = (clock.Now, GC.GetTotalAllocatedBytes());
            }
        }

        Drain();
        var requests = collector.Done(OperationKind.Request) - counted;
        var seconds = (clock.Now - at) / 1e9;
        var cpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        var bytes = GC.GetTotalAllocatedBytes() - allocated;
        await driving;
        var latency = collector.Latency(OperationKind.Request);
        return new MeasuredDriver(
            driver.Name,
            requests,
            seconds,
            requests / seconds,
            cpuSeconds / Math.Max(1, requests) * 1e6,
            (double)bytes / Math.Max(1, requests),
            latency.Percentile(50).TotalMicroseconds,
            latency.Percentile(99).TotalMicroseconds,
            errors.Counts.Sum(error => error.Count));
    }

    /// <summary>Cost of recording one sample.</summary>
    /// <returns>Nanoseconds and bytes allocated per sample.</returns>
    public static (double Nanoseconds, double Bytes) Recording()
    {
        const int batch = 4000;
        const int batches = 2000;
        using var recorder = new Recorder();
        var histogram = new LatencyHistogram();
        void Take(ReadOnlySpan<Sample> samples)
        {
            foreach (ref readonly var sample in samples)
            {
                histogram.Record(sample.Latency);
            }
        }

        Action<ReadOnlySpan<Sample>> take = Take;
        var (best, bytes) = (double.MaxValue, 0L);
        for (var i = 0; i < batches; i++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            for (var j = 0; j < batch; j++)
            {
                recorder.Record(new Sample(start, start, start + (j * 1000L), OperationKind.Request, 200, 0, 0));
            }

            var elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds / batch;
            bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
            recorder.Drain(take);

            // The quickest of many: what disturbs is other processes, and never makes it faster.
            best = Math.Min(best, elapsed);
        }

        return (best, (double)bytes / batch);
    }
}

/// <summary>What one measurement gave.</summary>
/// <param name="Driver">Name of the driver, or <c>wrk</c>.</param>
/// <param name="Requests">Requests answered.</param>
/// <param name="Seconds">In which time.</param>
/// <param name="PerSecond">Requests per second.</param>
/// <param name="CpuMicroseconds">CPU of the driver's process per request.</param>
/// <param name="Bytes">Bytes allocated per request.</param>
/// <param name="P50">Median latency in microseconds.</param>
/// <param name="P99">99 % in microseconds.</param>
/// <param name="Errors">Requests that failed.</param>
public sealed record MeasuredDriver(
    string Driver, long Requests, double Seconds, double PerSecond, double CpuMicroseconds, double Bytes, double P50, double P99,
    long Errors)
{
    /// <summary>One line, from the measuring process to the one that started it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, BenchJson.Default.MeasuredDriver);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static MeasuredDriver FromJson(string json) => JsonSerializer.Deserialize(json, BenchJson.Default.MeasuredDriver)!;
}

/// <summary>Serialisers made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MeasuredDriver))]
[JsonSerializable(typeof(DriverBenchResult))]
[JsonSerializable(typeof(ProxyBenchResult))]
internal sealed partial class BenchJson : JsonSerializerContext;
