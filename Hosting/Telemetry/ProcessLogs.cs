using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Processes;
using static SynapseLab.Hosting.Telemetry.ProcessResource;

namespace SynapseLab.Hosting.Telemetry;

/// <summary>
/// Collects what Synapse processes write to their containers' logs as OpenTelemetry's log records, until they are sent. What a busy lab
/// writes is more than anybody reads: beyond a number of records only warnings and errors are taken, beyond twice that none, and how
/// many were left out is told by a record of the process.
/// </summary>
/// <param name="deployment">Knows the processes.</param>
/// <param name="most">How many records between two <see cref="Take"/>.</param>
internal sealed class ProcessLogs(Deployment deployment, int most)
{
    // As of the request that Scenarios/Matrix/MatrixSpan.cs has in a trace.
    private const string RequestId = "http.request.header.x-request-id";
    private const string Context = "synapse.context";

    // A stack trace of a page is one record, what never ends is not.
    private const int LongestBody = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Log> _logs = deployment.Homeservers
        .SelectMany(homeserver => homeserver.Processes.Select(process => new Log(process, ProcessResource.Of(homeserver, process))))
        .ToDictionary(log => log.Process.Id);

    // Whose line was the last of a container.
    private readonly Dictionary<string, Log> _latest = [];
    private int _taken;

    /// <summary>Adds a line; those of a container in order.</summary>
    /// <param name="container">The container's name in the deployment.</param>
    /// <param name="line">The line.</param>
    public void Add(string container, LogLine line)
    {
        lock (_gate)
        {
            if (SynapseLogLine.TryParse(line.Text) is { } own && _logs.TryGetValue(own.Process, out var log))
            {
                Begin(log, container, own, line.Time);
            }
            else if (LauncherLine.TryParse(line.Text) is { } launched && _logs.TryGetValue(launched.Process, out var about))
            {
                var level = launched.ExitCode is null or 0 ? "INFO" : "ERROR";
                var text = line.Text[(line.Text.IndexOf(']', StringComparison.Ordinal) + 2)..];
                Begin(about, container, new SynapseLogLine(launched.Process, line.Time, "launcher", level, "", text), line.Time);
            }
            else
            {
                GoOn(container, line);
            }
        }
    }

    /// <summary>What has come since the last time; null: nothing.</summary>
    public ExportLogsServiceRequest? Take()
    {
        lock (_gate)
        {
            var request = new ExportLogsServiceRequest();
            foreach (var log in _logs.Values)
            {
                if (log is { LeftOut: > 0, Line: { } last })
                {
                    var all = ToType.On(deployment.LabName, "logs", log.Process.Id);
                    var message = $"{log.LeftOut} lines are left out here, of more than are handed on. {all} has all";
                    Add(log, last with { Logger = "synapse-lab", Level = "WARNING", Context = "", Message = message }, last.Time);
                }

                if (log.Scopes.Count > 0)
                {
                    request.ResourceLogs.Add(new ResourceLogs { Resource = log.Resource, ScopeLogs = { log.Scopes.Values } });
                }

                log.Clear();
            }

            _taken = 0;
            return request.ResourceLogs.Count > 0 ? request : null;
        }
    }

    private void Begin(Log log, string container, SynapseLogLine line, DateTimeOffset observed)
    {
        _latest[container] = log;
        log.Line = line;
        log.Record = null;
        log.IsLeftOut = _taken >= (Severity(line.Level) >= SeverityNumber.Warn ? 2 * most : most);
        if (log.IsLeftOut)
        {
            log.LeftOut++;
            return;
        }

        _taken++;
        log.Record = Add(log, line, observed);
    }

    // [generic_worker1] Traceback (most recent call last):, where the launcher puts the name in front; without it where the
    // process is alone in its container.
    private void GoOn(string container, LogLine line)
    {
        var text = line.Text;
        var log = _latest.GetValueOrDefault(container);
        if (text.StartsWith('[')
            && text.IndexOf("] ", StringComparison.Ordinal) is var end and > 0
            && _logs.TryGetValue(text[1..end], out var named))
        {
            (log, text) = (named, text[(end + 2)..]);
        }

        if (log?.Line is not { } begun || log.IsLeftOut)
        {
            return;
        }

        // What it goes on with may have been sent already.
        if (log.Record is null)
        {
            log.Record = Add(log, begun with { Message = text }, line.Time);
        }
        else if (log.Record.Body.StringValue.Length + text.Length < LongestBody)
        {
            log.Record.Body.StringValue += $"\n{text}";
        }
    }

    private static LogRecord Add(Log log, SynapseLogLine line, DateTimeOffset observed)
    {
        var record = new LogRecord
        {
            TimeUnixNano = Nanoseconds(line.Time),
            ObservedTimeUnixNano = Nanoseconds(observed),
            SeverityNumber = Severity(line.Level),
            SeverityText = line.Level,
            Body = new AnyValue { StringValue = line.Message },
        };
        if (line.Context.Length > 0)
        {
            record.Attributes.Add(Text(Context, line.Context));
        }

        if (line.RequestId is { } id)
        {
            record.Attributes.Add(Text(RequestId, id));
        }

        if (!log.Scopes.TryGetValue(line.Logger, out var scope))
        {
            scope = log.Scopes[line.Logger] = new ScopeLogs { Scope = new InstrumentationScope { Name = line.Logger } };
        }

        scope.LogRecords.Add(record);
        return record;
    }

    // Python's levels as OpenTelemetry's own handler for Python has them ("Logs Data Model", appendix B has none of Python).
    private static SeverityNumber Severity(string level) => level switch
    {
        "DEBUG" => SeverityNumber.Debug,
        "INFO" => SeverityNumber.Info,
        "WARNING" => SeverityNumber.Warn,
        "ERROR" => SeverityNumber.Error,
        "CRITICAL" => SeverityNumber.Fatal,
        _ => SeverityNumber.Unspecified,
    };

    private sealed class Log(SynapseProcess process, Resource resource)
    {
        public SynapseProcess Process => process;

        public Resource Resource => resource;

        public Dictionary<string, ScopeLogs> Scopes { get; } = [];

        /// <summary>The last line that began a record.</summary>
        public SynapseLogLine? Line { get; set; }

        /// <summary>Its record, as long as it has not been taken.</summary>
        public LogRecord? Record { get; set; }

        public bool IsLeftOut { get; set; }

        public int LeftOut { get; set; }

        public void Clear()
        {
            Scopes.Clear();
            Record = null;
            LeftOut = 0;
        }
    }
}
