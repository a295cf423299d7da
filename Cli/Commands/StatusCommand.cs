using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Processes;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab status [--name LAB] [--json]</c>: what runs, whether it is healthy, and where it is reached.</summary>
internal sealed class StatusCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var name = LabOptions.Name();
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new Command("status", "Show what runs, whether it is healthy, and where it is reached") { name, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(services, parsed.GetValue(name), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, string? name, bool json, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachAsync(name, cancellationToken);
        var looks = await lab.LookAsync(cancellationToken);
        var usages = await UsagesAsync(lab, cancellationToken);
        var parts = await lab.UsageAsync(cancellationToken);
        if (json)
        {
            services.Output.WriteLine(ToJson(lab, looks, usages, parts).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        }
        else
        {
            Print(services.Output, lab, looks, usages, parts);
        }

        return looks.Values.All(look => look.Holds) ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private static async Task<Dictionary<string, ContainerUsage>> UsagesAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        var pairs = await Task.WhenAll(lab.Containers.Select(async pair => (pair.Key, Usage: await lab.Engine.UsageAsync(pair.Value.Id, cancellationToken))));
        return pairs.Where(pair => pair.Usage is not null).ToDictionary(pair => pair.Key, pair => pair.Usage!);
    }

    private static void Print(TextWriter output, RunningLab lab, IReadOnlyDictionary<string, Look> looks, Dictionary<string, ContainerUsage> usages, IReadOnlyDictionary<string, PartUsage> parts)
    {
        output.WriteLine($"lab {lab.Name}  topology {lab.Deployment.Topology.Name}  runtime {lab.State.Runtime}  since {lab.State.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        output.WriteLine();
        output.WriteLine($"{"",-28} {"",-9} {"memory",9} {"CPU",9}");
        foreach (var (part, look) in looks)
        {
            var usage = parts.GetValueOrDefault(part);
            var state = look.Holds ? "healthy" : lab.Containers.TryGetValue(lab.Container(part).Name, out var container) && container.State != "running" ? container.State : "not ready";
            var numbers = usage is null ? "" : $"{usage.MemoryBytes / 1048576.0,5:0} MiB {usage.CpuNanoseconds / 1e9,7:0.0} s";
            output.WriteLine($"{part,-28} {state,-9} {numbers}{(look.Holds ? "" : $"  {look.Seen}")}".TrimEnd());
        }

        output.WriteLine();
        output.WriteLine($"{"all containers",-38} {usages.Values.Sum(usage => usage.ResidentBytes) / 1048576.0,5:0} MiB");
        output.WriteLine();
        LabOutput.WriteEndpoints(output, lab.Deployment);
    }

    private static JsonObject ToJson(RunningLab lab, IReadOnlyDictionary<string, Look> looks, Dictionary<string, ContainerUsage> usages, IReadOnlyDictionary<string, PartUsage> parts) => new()
    {
        ["name"] = lab.Name,
        ["topology"] = lab.Deployment.Topology.Name,
        ["runtime"] = lab.State.Runtime,
        ["started_at"] = lab.State.StartedAt.UtcDateTime.ToString("o"),
        ["healthy"] = looks.Values.All(look => look.Holds),
        ["parts"] = new JsonArray([.. looks.Select(pair => (JsonNode)new JsonObject
        {
            ["name"] = pair.Key,
            ["container"] = lab.Container(pair.Key).Name,
            ["state"] = lab.Containers.TryGetValue(lab.Container(pair.Key).Name, out var container) ? container.State : "gone",
            ["healthy"] = pair.Value.Holds,
            ["seen"] = pair.Value.Seen,
            ["memory_bytes"] = parts.GetValueOrDefault(pair.Key)?.MemoryBytes,
            ["cpu_seconds"] = parts.GetValueOrDefault(pair.Key)?.CpuNanoseconds / 1e9,
        })]),
        ["containers"] = new JsonObject([.. usages.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject
        {
            ["resident_bytes"] = pair.Value.ResidentBytes,
            ["cpu_seconds"] = pair.Value.CpuNanoseconds / 1e9,
        }))]),
        ["endpoints"] = new JsonArray([.. lab.Deployment.Endpoints.Select(endpoint => (JsonNode)new JsonObject
        {
            ["name"] = endpoint.Name,
            ["homeserver"] = endpoint.HomeserverKey,
            ["uri"] = endpoint.Uri.OriginalString,
        })]),
    };
}
