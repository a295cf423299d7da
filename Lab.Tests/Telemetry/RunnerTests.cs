using System.Diagnostics;
using SynapseLab.Hosting.Runs;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Telemetry;

/// <summary>The program that the dashboard starts, with verbs that need no lab.</summary>
public sealed class RunnerTests
{
    private static readonly string Program = Path.Combine(LabRoot.Find().Path, RunGroup.Program);

    [Fact]
    public async Task What_a_verb_says_is_on_the_console_and_in_the_logs_of_whoever_listens()
    {
        await using var receiver = await OtlpReceiver.StartAsync();

        var (exitCode, output, _) = await RunAsync(receiver, "scenario", "list");

        Assert.Equal(ExitCodes.Fine, exitCode);
        Assert.Contains("sync-affinity", output);
        Assert.True(receiver.Has("logs", "One user stays on one sync worker"));
    }

    [Fact]
    public async Task What_is_wrong_ends_it_as_it_ends_lab_and_is_an_error_in_the_logs()
    {
        await using var receiver = await OtlpReceiver.StartAsync();

        var (exitCode, _, error) = await RunAsync(receiver, "scenario", "run", "no-such");

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.StartsWith("lab: there is no scenario 'no-such'", error);
        Assert.True(receiver.Has("logs", "there is no scenario 'no-such'"));
        Assert.True(receiver.Has("logs", "Error"));
    }

    [Fact]
    public async Task Where_nobody_listens_it_says_the_same()
    {
        var (exitCode, output, error) = await RunAsync(null, "scenario", "list");

        Assert.Equal((ExitCodes.Fine, ""), (exitCode, error));
        Assert.Contains("sync-affinity", output);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(OtlpReceiver? receiver, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        if (receiver is not null)
        {
            start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Http.ToString();
            start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var program = Process.Start(start)!;
        var output = program.StandardOutput.ReadToEndAsync(limit.Token);
        var error = await program.StandardError.ReadToEndAsync(limit.Token);
        await program.WaitForExitAsync(limit.Token);
        return (program.ExitCode, await output, error);
    }
}
