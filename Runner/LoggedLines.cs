using System.Text;
using Microsoft.Extensions.Logging;

namespace SynapseLab.Runner;

/// <summary>Lines for the console that are log records, too: within a scenario's trace they belong to the step that told them.</summary>
/// <param name="console">The console.</param>
/// <param name="log">The log.</param>
internal sealed class LoggedLines(TextWriter console, ILogger log) : TextWriter
{
    public override Encoding Encoding => console.Encoding;

    public override void Write(char value) => console.Write(value);

    public override void Write(string? value) => console.Write(value);

    public override void WriteLine() => console.WriteLine();

    public override void WriteLine(string? value)
    {
        console.WriteLine(value);
        if (!string.IsNullOrWhiteSpace(value))
        {
            var wentWrong = value.StartsWith(Failure.Prefix, StringComparison.Ordinal);
            log.Log(wentWrong ? LogLevel.Error : LogLevel.Information, "{Line}", value.Trim());
        }
    }
}
