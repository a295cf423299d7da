using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Runtimes.Processes;

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
        var healths = await lab.HealthAsync(cancellationToken);
        var usages = await UsagesAsync(lab, cancellationToken);
        var parts = await lab.UsageAsync(cancellationToken);
        if (json)
        {
            services.Output.WriteJson(ToJson(lab, healths, usages, parts));
        }
        else
        {
            Print(services.Output, lab, healths, usages, parts);
        }

        return healths.All(health => health.IsWell) ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private static async Task<Dictionary<string, ContainerUsage>> UsagesAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        var pairs = await Task.WhenAll(lab.Containers.Select(async pair => (pair.Key, Usage: await lab.Engine.UsageAsync(pair.Value.Id, cancellationToken))));
        return pairs.Where(pair => pair.Usage is not null).ToDictionary(pair => pair.Key, pair => pair.Usage!);
    }

    private static void Print(TextWriter output, RunningLab lab, IReadOnlyList<PartHealth> healths, Dictionary<string, ContainerUsage> usages, IReadOnlyDictionary<string, PartUsage> parts)
    {
        output.WriteLine($"lab {lab.Name}  topology {lab.Deployment.Topology.Name}  runtime {lab.State.Runtime}  since {lab.State.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        output.WriteLine();
        output.WriteLine($"{"",-22} {"memory",16} {"CPU",9}");
        foreach (var health in healths)
        {
            var usage = parts.GetValueOrDefault(health.Part.Name);
            // The limit of a shared container is not one of a process in it.
            var limit = health.Part.IsShared ? null : health.State.Memory;
            var numbers = usage is null ? "" : $"{Memory(usage.MemoryBytes, limit),16} {usage.CpuNanoseconds / 1e9,7:0.0} s";
            var near = Near(usage?.MemoryBytes ?? 0, limit);
            output.WriteLine($"{health.Part.Name,-22} {numbers,26}  {health.Sentence}{(near.Length > 0 ? $"; {near}" : "")}");
        }

        foreach (var shared in healths.Where(health => health.Part.IsShared && health.State.Memory is not null).DistinctBy(health => health.Part.Container.Name))
        {
            var (container, limit) = (shared.Part.Container.Name, shared.State.Memory);
            var bytes = usages.GetValueOrDefault(container)?.ResidentBytes ?? 0;
            output.WriteLine($"{$"container {container}",-22} {Memory(bytes, limit),16} {"",9}  {Near(bytes, limit)}".TrimEnd());
        }

        output.WriteLine();
        output.WriteLine($"{"all containers",-22} {usages.Values.Sum(usage => usage.ResidentBytes) / 1048576.0,12:0} MiB");
        output.WriteLine();
        LabOutput.WriteEndpoints(output, lab.Deployment);
    }

    // 113 MiB; 90 of 125 MiB; ! 124 of 125 MiB
    private static string Memory(long bytes, MemoryLimit? limit) =>
        limit is null ? MemoryLimit.Mebibytes(bytes) : $"{(limit.IsNear(bytes) ? "! " : "")}{bytes / 1048576.0:0} of {limit.Text}";

    private static string Near(long bytes, MemoryLimit? limit) => limit?.IsNear(bytes) == true ? $"memory near its limit. {limit.Fix}" : "";

    private static JsonObject ToJson(RunningLab lab, IReadOnlyList<PartHealth> healths, Dictionary<string, ContainerUsage> usages, IReadOnlyDictionary<string, PartUsage> parts) => new()
    {
        ["name"] = lab.Name,
        ["topology"] = lab.Deployment.Topology.Name,
        ["runtime"] = lab.State.Runtime,
        ["started_at"] = lab.State.StartedAt.UtcDateTime.ToString("o"),
        ["healthy"] = healths.All(health => health.IsWell),
        ["parts"] = new JsonArray([.. healths.Select(health => (JsonNode)new JsonObject
        {
            ["name"] = health.Part.Name,
            ["container"] = health.Part.Container.Name,
            ["state"] = health.State.Run.ToString().ToLowerInvariant(),
            ["cut_off"] = health.State.CutOff,
            ["healthy"] = health.IsHealthy,
            ["needs"] = new JsonArray([.. health.Needs.Select(need => (JsonNode)need)]),
            ["seen"] = health.Sentence,
            ["faults"] = new JsonArray([.. health.State.Faults.Select(fault => (JsonNode)new JsonObject
            {
                ["kind"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.Kind.ToString()),
                ["since"] = fault.Since.UtcDateTime.ToString("o"),
                ["by"] = fault.By,
            })]),
            ["memory_bytes"] = parts.GetValueOrDefault(health.Part.Name)?.MemoryBytes,
            ["cpu_seconds"] = parts.GetValueOrDefault(health.Part.Name)?.CpuNanoseconds / 1e9,
        })]),
        ["containers"] = new JsonObject([.. usages.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject
        {
            ["resident_bytes"] = pair.Value.ResidentBytes,
            ["limit_bytes"] = lab.Container(pair.Key).Limits.MemoryBytes,
            ["cpu_seconds"] = pair.Value.CpuNanoseconds / 1e9,
        }))]),
        ["endpoints"] = LabJson.Endpoints(lab.Deployment),
    };
}
