using System.ComponentModel;
using System.Diagnostics;

namespace SynapseLab.LoadTests.Bench;

/// <summary>Programs that a bench starts: found on the PATH, pinned to a core, ended with the bench.</summary>
internal static class BenchTool
{
    /// <summary>A program's path.</summary>
    /// <param name="name">For example <c>wrk</c>.</param>
    /// <param name="package">Debian's package of it.</param>
    /// <exception cref="LabException">It is not installed (exit code 2).</exception>
    public static string Find(string name, string package) => TryFind(name)
        ?? throw LabException.WrongUse(
            $"this bench needs {name}, which is not installed",
            null,
            $"Run ./lab setup --for-bench, or install Debian's package: sudo apt-get install {package}");

    /// <summary>A program's path; null: it is not on the PATH, nor where Debian puts servers.</summary>
    public static string? TryFind(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Words that pin what follows to a core; none where the machine has only one core or cannot.</summary>
    public static IReadOnlyList<string> Pin(int core) =>
        Environment.ProcessorCount > core && TryFind("taskset") is { } taskset
            ? [taskset, "-c", core.ToString(System.Globalization.CultureInfo.InvariantCulture)]
            : [];

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote.</returns>
    /// <exception cref="LabException">It failed (exit code 1); the message has its last words.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        using var process = Start(words);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? await output
                : throw LabException.Failed(
                    $"{Path.GetFileName(words[0])} ended with exit code {process.ExitCode}: {LastWords(await error + await output)}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="words">It and its arguments.</param>
    /// <param name="environment">Additions to this process's environment; null: none.</param>
    public static Process Start(IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(words[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in words.Skip(1))
        {
            start.ArgumentList.Add(word);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw LabException.WrongUse($"{words[0]} cannot be started: {e.Message}", null, null);
        }
    }

    private static string LastWords(string text) =>
        string.Join(" ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(2)).Trim();
}
