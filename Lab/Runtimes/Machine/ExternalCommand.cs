using System.ComponentModel;
using System.Diagnostics;

namespace SynapseLab.Runtimes.Machine;

/// <summary>What a program gave.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The last line of what it wrote to standard error that says something, for a message of one line.</summary>
    public string LastError =>
        Error.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault()
            ?? $"exit code {ExitCode}";
}

/// <summary>Runs programs of this machine.</summary>
public static class ExternalCommand
{
    /// <summary>Runs a program and waits for its end.</summary>
    /// <param name="program">Name on PATH, or path.</param>
    /// <param name="arguments">One string each; no shell reads them.</param>
    /// <param name="environment">Additions to this process's environment; null: none.</param>
    /// <param name="cancellationToken">Kills the program with all its children.</param>
    /// <exception cref="LabException">There is no such program (exit code 2).</exception>
    public static Task<CommandResult> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string>? environment,
        CancellationToken cancellationToken) => RunAsync(program, arguments, environment, null, cancellationToken);

    /// <summary>As the other one, and hands over each line of standard error as it comes.</summary>
    public static async Task<CommandResult> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string>? environment,
        Action<string>? onErrorLine,
        CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new LabException(ExitCodes.WrongUse, new Problem($"{program} can't be run: {e.Message}", Fix: "Run ./lab setup"), e);
        }

        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = ReadLinesAsync(process.StandardError, onErrorLine);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new CommandResult(process.ExitCode, await output, await error);
    }

    private static async Task<string> ReadLinesAsync(StreamReader reader, Action<string>? onLine)
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            onLine?.Invoke(line);
        }

        return string.Join('\n', lines);
    }
}
