using System.Diagnostics;

namespace SynapseLab.Tests.AppHost;

/// <summary>The AppHost as it was built with these tests: Lab.Tests/bin/Debug/net10.0 beside AppHost/bin/Debug/net10.0.</summary>
internal static class AppHostProgram
{
    private const char Slash = '/';

    public static string Path { get; } =
        System.IO.Path.Combine(
            AppContext.BaseDirectory.Replace($"{Slash}Lab.Tests{Slash}", $"{Slash}AppHost{Slash}", StringComparison.Ordinal),
            "AppHost.dll");

    public static Process Start(params string[] arguments) => Start([], arguments);

    /// <summary>Starts it.</summary>
    /// <param name="environment"><c>NAME=value</c>.</param>
    /// <param name="arguments">Its own.</param>
    // Tests that run as a background job inherit that SIGINT is ignored, and no program can hear Ctrl-C then.
    public static Process Start(IReadOnlyList<string> environment, IReadOnlyList<string> arguments) =>
        Process.Start(
            new ProcessStartInfo("env", ["--default-signal=INT", .. environment, "dotnet", Path, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
}
