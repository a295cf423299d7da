using System.Diagnostics;
using SynapseLab.Runtimes;

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
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[LabRoot.Variable] = LabRoot.Find().Path;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(null, arguments);
}
