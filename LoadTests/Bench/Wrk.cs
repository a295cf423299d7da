using System.Globalization;
using System.Text.RegularExpressions;

namespace SynapseLab.LoadTests.Bench;

/// <summary>wrk (github.com/wg/wrk), the yardstick: a load generator in C that does as little per request as can be done.</summary>
internal static partial class Wrk
{
    /// <summary>Runs wrk with one thread.</summary>
    /// <param name="url">What it asks for.</param>
    /// <param name="connections">How many connections it keeps busy.</param>
    /// <param name="duration">How long.</param>
    /// <param name="core">The core that it is pinned to.</param>
    /// <param name="script">A Lua file that says what the request is; null: a bare GET.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="headers">Headers of the request.</param>
    public static async Task<MeasuredDriver> RunAsync(
        Uri url,
        int connections,
        TimeSpan duration,
        int core,
        string? script,
        CancellationToken cancellationToken,
        params IReadOnlyList<string> headers)
    {
        var wrk = BenchTool.Find("wrk", "wrk");
        var seconds = (int)Math.Ceiling(duration.TotalSeconds);

        // bash's time has the CPU of a program that has ended, which .NET cannot tell; wrk's own start costs nothing that would show.
        const string timed = "TIMEFORMAT='cpu %U %S'; time \"$@\"";
        string[] bash = ["bash", "-c", "exec 2>&1; " + timed, "bash"];
        string[] load = [wrk, "-t1", $"-c{connections}", $"-d{seconds}s", "--latency"];
        string[] request = [.. script is null ? [] : (string[])["-s", script], .. headers.SelectMany(header => new[] { "-H", header })];
        string[] command = [.. bash, .. BenchTool.Pin(core), .. load, .. request, url.OriginalString];
        return Parse(await BenchTool.RunAsync(command, cancellationToken));
    }

    /// <summary>Reads what wrk and bash wrote:
    /// <code>
    ///   Latency Distribution
    ///      50%  137.00us
    ///      99%  451.00us
    ///   375520 requests in 4.10s, 75.21MB read
    ///   Non-2xx or 3xx responses: 12
    /// Requests/sec:  91587.61
    /// cpu 0.250 2.769
    /// </code>
    /// </summary>
    /// <exception cref="LabException">wrk counted nothing (exit code 1).</exception>
    public static MeasuredDriver Parse(string output)
    {
        var total = TotalLine().Match(output);
        var cpu = CpuLine().Match(output);
        if (!total.Success || !cpu.Success)
        {
            throw LabException.Failed($"wrk did not measure: {output.Trim()}");
        }

        var requests = long.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture);
        var seconds = Microseconds(total.Groups[2].Value, total.Groups[3].Value) / 1e6;
        var cpuSeconds = Number(cpu.Groups[1].Value) + Number(cpu.Groups[2].Value);
        var bad = BadLine().Match(output) is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        var cost = cpuSeconds / Math.Max(1, requests) * 1e6;
        return new MeasuredDriver(
            "wrk", requests, seconds, requests / seconds, cost, 0, Percentile(output, "50"), Percentile(output, "99"), bad);
    }

    private static double Percentile(string output, string percent) =>
        Regex.Match(output, $@"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", RegexOptions.Multiline) is { Success: true } match
            ? Microseconds(match.Groups[1].Value, match.Groups[2].Value)
            : 0;

    private static double Microseconds(string number, string unit) =>
        Number(number) * unit switch { "us" => 1, "ms" => 1e3, "s" => 1e6, _ => 60e6 };

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) requests in ([\d.]+)(us|ms|s|m),")]
    private static partial Regex TotalLine();

    [GeneratedRegex(@"^cpu ([\d.]+) ([\d.]+)$", RegexOptions.Multiline)]
    private static partial Regex CpuLine();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex BadLine();
}
