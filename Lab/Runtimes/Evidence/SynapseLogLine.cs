using System.Globalization;

namespace SynapseLab.Runtimes.Evidence;

/// <summary>One line of a Synapse process's log, as the lab has it written (<see cref="Synapse.LogConfig"/>).</summary>
/// <param name="Process">Id of the process: <c>generic_worker1</c>.</param>
/// <param name="Time">When it was logged, by the process, to the millisecond.</param>
/// <param name="Logger">Python's logger: <c>synapse.access.http.8101</c>.</param>
/// <param name="Level"><c>DEBUG</c>, <c>INFO</c>, <c>WARNING</c>, <c>ERROR</c> or <c>CRITICAL</c>.</param>
/// <param name="Context">Synapse's logging context: method and ID of the request, <c>GET-4f1c</c>,
/// or the name of what runs beside requests, <c>background_updates-2</c>.</param>
/// <param name="Message">The rest of the line.</param>
public sealed record SynapseLogLine(string Process, DateTimeOffset Time, string Logger, string Level, string Context, string Message)
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss,fff";
    private const string Dash = " - ";

    private static readonly string[] Methods = ["GET-", "PUT-", "POST-", "DELETE-", "OPTIONS-", "HEAD-", "PATCH-"];

    /// <summary>The request's X-Request-ID, which the proxy's log has too; null where the line belongs to no request.
    /// Of what a request has begun beside itself the context is longer, and so is this (<c>nested_logging_context</c>,
    /// synapse/logging/context.py).</summary>
    public string? RequestId =>
        Array.Find(Methods, method => Context.StartsWith(method, StringComparison.Ordinal)) is { } method ? Context[method.Length..] : null;

    /// <summary>Reads a line.</summary>
    /// <param name="text">For example
    /// <c>[generic_worker1] 2026-11-21 08:00:00,123 - synapse.access.http.8101 - 510 - INFO - GET-7 - Processed request</c>.</param>
    /// <returns>Null: no such line, but one that goes on with the line before (a stack trace),
    /// or was written past Python's logging.</returns>
    public static SynapseLogLine? TryParse(string text)
    {
        var end = text.IndexOf("] ", StringComparison.Ordinal);
        if (!text.StartsWith('[') || end < 0)
        {
            return null;
        }

        // The message may have dashes of its own.
        var parts = text[(end + 2)..].Split(Dash, 6);
        return parts.Length == 6 && DateTimeOffset.TryParseExact(
            parts[0], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new SynapseLogLine(text[1..end], time, parts[1], parts[3], parts[4], parts[5])
            : null;
    }
}
