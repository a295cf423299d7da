using System.Diagnostics;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Tests.Cli;

/// <summary>What <c>./lab</c> runs, as it was built with these tests: Lab.Tests/bin/Release/net10.0 beside Cli/bin/Release/net10.0.
/// The copy beside the tests is theirs: it leaves out what the tests' own framework has.</summary>
internal static class LabProgram
{
    /// <summary>Its file.</summary>
    public static string Path { get; } =
        System.IO.Path.Combine(AppContext.BaseDirectory.Replace("/Lab.Tests/", "/Cli/", StringComparison.Ordinal), "lab-cli.dll");

    /// <summary>Starts it.</summary>
    public static Process Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        // Tests that run as a background job inherit that SIGINT is ignored, and no program can hear Ctrl-C then.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Path, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[LabRoot.Variable] = LabRoot.Find().Path;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>How long a run may take: many times what the longest needs on a busy machine. Ends what hangs, measures nothing.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Runs it to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(
        IReadOnlyDictionary<string, string>? environment,
        params string[] arguments) =>
        RunAsync(Deadline, environment, arguments);

    /// <summary>Runs it to its end, or to the deadline's.</summary>
    /// <exception cref="TimeoutException">It hung and was killed; the message has what it had written.</exception>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        TimeSpan deadline,
        IReadOnlyDictionary<string, string>? environment,
        params string[] arguments)
    {
        using var limit = new CancellationTokenSource(deadline);
        using var process = Start(environment, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"./lab {string.Join(' ', arguments)} did not end within {deadline}. It wrote:\n{await output}{await error}");
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(null, arguments);
}
