using OpenTelemetry.Proto.Logs.V1;
using SynapseLab.Hosting.Telemetry;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Tests.Deployments;
using Xunit;

namespace SynapseLab.Tests.Telemetry;

/// <summary>What Synapse processes log, in OpenTelemetry's words.</summary>
public sealed class ProcessLogsTests
{
    private static readonly DateTimeOffset Read = new(2026, 11, 25, 8, 0, 1, TimeSpan.Zero);
    private readonly ProcessLogs _logs = Of("reference");

    [Fact]
    public void A_line_is_a_record_of_its_process_with_logger_severity_context_and_request_ID()
    {
        Add(
            _logs,
            "generic_worker1",
            "[generic_worker1] 2026-11-25 08:00:00,500 - synapse.access.http.8101 - 643 - INFO - GET-4f1c - Processed request");

        var taken = Assert.Single(_logs.Take()!.ResourceLogs);

        Assert.Equal(
            ["service.name=hs1", "service.instance.id=generic_worker1", "server_name=hs1.test"],
            taken.Resource.Attributes.Select(one => $"{one.Key}={one.Value.StringValue}"));
        var scope = Assert.Single(taken.ScopeLogs);
        Assert.Equal("synapse.access.http.8101", scope.Scope.Name);
        var record = Assert.Single(scope.LogRecords);
        Assert.Equal(
            (SeverityNumber.Info, "INFO", "Processed request"),
            (record.SeverityNumber, record.SeverityText, record.Body.StringValue));
        Assert.Equal(
            (ProcessResource.Nanoseconds(Read.AddMilliseconds(-500)), ProcessResource.Nanoseconds(Read)),
            (record.TimeUnixNano, record.ObservedTimeUnixNano));
        Assert.Equal(
            ["synapse.context=GET-4f1c", "http.request.header.x-request-id=4f1c"],
            record.Attributes.Select(one => $"{one.Key}={one.Value.StringValue}"));
    }

    [Theory]
    [InlineData("DEBUG", "Debug")]
    [InlineData("INFO", "Info")]
    [InlineData("WARNING", "Warn")]
    [InlineData("ERROR", "Error")]
    [InlineData("CRITICAL", "Fatal")]
    public void Pythons_levels_are_OpenTelemetrys_severities(string level, string severity)
    {
        Add(_logs, "main", Line("main", level, "something"));

        Assert.Equal(severity, Assert.Single(Records(_logs)).SeverityNumber.ToString());
    }

    [Fact]
    public void A_stack_trace_is_part_of_the_record_that_it_goes_on_with()
    {
        Add(_logs, "main", Line("main", "ERROR", "Failed"), "Traceback (most recent call last):", "  File \"server.py\", line 336");

        Assert.Equal(
            "Failed\nTraceback (most recent call last):\n  File \"server.py\", line 336",
            Assert.Single(Records(_logs)).Body.StringValue);
    }

    [Fact]
    public void Where_processes_share_a_container_each_line_goes_on_with_that_of_its_process()
    {
        var logs = Of("every-role");

        Add(
            logs,
            "hs1",
            Line("main", "ERROR", "Failed"),
            Line("pusher", "INFO", "fine"),
            "[main] Traceback (most recent call last):",
            "written past Python");

        Assert.Equal(
            ["Failed\nTraceback (most recent call last):", "fine\nwritten past Python"],
            Records(logs).Select(record => record.Body.StringValue));
    }

    [Fact]
    public void What_the_launcher_says_of_a_process_is_a_record_of_that_process_and_its_end_an_error()
    {
        var logs = Of("every-role");

        Add(logs, "hs1", "[launcher] main ended with exit code 137, after it was told to kill", "[launcher] main is started again");

        var taken = Assert.Single(logs.Take()!.ResourceLogs);
        Assert.Contains(taken.Resource.Attributes, one => one.Value.StringValue == "main");
        Assert.Equal(
            [
                (SeverityNumber.Error, "main ended with exit code 137, after it was told to kill"),
                (SeverityNumber.Info, "main is started again"),
            ],
            taken.ScopeLogs.Single().LogRecords.Select(record => (record.SeverityNumber, record.Body.StringValue)));
    }

    [Fact]
    public void What_goes_on_with_a_record_that_was_sent_already_is_another_of_the_same_severity()
    {
        Add(_logs, "main", Line("main", "ERROR", "Failed"));
        _logs.Take();

        Add(_logs, "main", "Traceback (most recent call last):");

        var record = Assert.Single(Records(_logs));
        Assert.Equal((SeverityNumber.Error, "Traceback (most recent call last):"), (record.SeverityNumber, record.Body.StringValue));
        Assert.Null(_logs.Take());
    }

    [Fact]
    public void Of_more_than_are_handed_on_warnings_are_taken_first_and_the_rest_is_counted()
    {
        var logs = Of("reference", most: 3);

        Add(logs, "main", [.. Enumerable.Range(1, 9).Select(number => Line("main", number % 2 == 0 ? "WARNING" : "INFO", $"{number}"))]);

        Assert.Equal(
            [
                "1", "2", "3", "4", "6", "8",
                "3 lines are left out here, of more than are handed on. ./lab logs main --name reference has all",
            ],
            Records(logs).Select(record => record.Body.StringValue));
        Add(logs, "main", Line("main", "INFO", "10"));
        Assert.Equal(["10"], Records(logs).Select(record => record.Body.StringValue));
    }

    private static ProcessLogs Of(string topology, int most = 100) => new(KnownTopologies.Build(topology), most);

    private static string Line(string process, string level, string message) =>
        $"[{process}] 2026-11-25 08:00:00,500 - synapse.test - 1 - {level} - sentinel - {message}";

    private static void Add(ProcessLogs logs, string container, params string[] lines)
    {
        foreach (var line in lines)
        {
            logs.Add(container, new LogLine(Read, LogStream.Output, line));
        }
    }

    private static IReadOnlyList<LogRecord> Records(ProcessLogs logs) =>
        [.. logs.Take()!.ResourceLogs.SelectMany(resource => resource.ScopeLogs).SelectMany(scope => scope.LogRecords)];
}
