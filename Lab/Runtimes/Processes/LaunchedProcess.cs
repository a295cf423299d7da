using System.Text.Json;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes.Processes;

/// <summary>A Synapse process of a shared container, as the launcher there knows it.</summary>
/// <param name="Id">Its id in the lab: <c>generic_worker1</c>.</param>
/// <param name="Run">Running, paused or ended.</param>
/// <param name="Since">Since when.</param>
/// <param name="StartedAt">When it was started last.</param>
public sealed record LaunchedProcess(string Id, PartRun Run, DateTimeOffset Since, DateTimeOffset StartedAt)
{
    /// <summary>Its number in the container; 0 where it has ended.</summary>
    public int Pid { get; init; }

    /// <summary>Exit code of what has ended; 128 and the signal's number where a signal ended it.</summary>
    public int ExitCode { get; init; }

    /// <summary>Whether the kernel ended it for lack of memory.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>What it has used; null where it has ended, or where that was not asked for.</summary>
    public PartUsage? Usage { get; init; }

    /// <summary>Reads one.</summary>
    /// <param name="json">As Process.describe of images/synapse/fork_launcher.py writes it, and Process.usage:
    /// <c>{"name": "main", "state": "running", "since": 1763708713.25, "started": 1763708713.25, "pid": 17, "cpu_seconds": 3.21, "proportional_bytes": 41943040}</c>,
    /// <c>{"name": "main", "state": "ended", "since": 1763708799.5, "started": 1763708713.25, "exit_code": 137, "cause": "for lack of memory"}</c>.</param>
    internal static LaunchedProcess Read(JsonElement json) => new(
        json.Text("name"),
        json.Text("state") switch
        {
            "running" => PartRun.Running,
            "paused" => PartRun.Paused,
            _ => PartRun.Ended,
        },
        Time(json.GetProperty("since")),
        Time(json.GetProperty("started")))
    {
        Pid = json.TryGetProperty("pid", out var pid) ? pid.GetInt32() : 0,
        ExitCode = json.TryGetProperty("exit_code", out var code) ? code.GetInt32() : 0,
        OutOfMemory = json.Text("cause") == LauncherLine.LackOfMemory,
        Usage = json.TryGetProperty("cpu_seconds", out var cpu)
            ? new PartUsage(json.GetProperty("proportional_bytes").GetInt64(), (long)(cpu.GetDouble() * 1e9))
            : null,
    };

    private static DateTimeOffset Time(JsonElement seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds.GetDouble());
}
