using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Usage;

namespace SynapseLab.Runtimes;

/// <summary>One look at a lab: how each part is and what it has used.</summary>
/// <param name="State">What the lab's folder remembers.</param>
/// <param name="Parts">Every part, judged.</param>
/// <param name="Usage">What has been used.</param>
public sealed record LabStatus(LabState State, IReadOnlyList<PartHealth> Parts, LabUsage Usage)
{
    /// <summary>Whether every part is well, and so is what it depends on.</summary>
    public bool IsWell => Parts.All(part => part.IsWell);

    /// <summary>Looks. What has ended, hangs or does not answer is part of what is seen.</summary>
    public static async Task<LabStatus> ReadAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        var usage = lab.UsageAsync(cancellationToken);
        return new LabStatus(lab.State, await lab.HealthAsync(cancellationToken), await usage);
    }

    /// <summary>As <c>./lab status --json</c> prints it; docs/json.md has the fields.</summary>
    public JsonObject ToJson() => new()
    {
        ["name"] = State.Deployment.LabName,
        ["topology"] = State.Deployment.Topology.Name,
        ["runtime"] = State.Runtime,
        ["phase"] = Lower(State.Phase),
        ["failure"] = new JsonArray([.. State.Failure.Select(problem => (JsonNode)problem)]),
        ["started_at"] = State.StartedAt.UtcDateTime.ToString("o"),
        ["healthy"] = IsWell,
        ["parts"] = new JsonArray([.. Parts.Select(part => (JsonNode)new JsonObject
        {
            ["name"] = part.Part.Name,
            ["container"] = part.Part.Container.Name,
            ["state"] = Lower(part.State.Run),
            ["cut_off"] = part.State.CutOff,
            ["healthy"] = part.IsHealthy,
            ["needs"] = new JsonArray([.. part.Needs.Select(need => (JsonNode)need)]),
            ["seen"] = part.Sentence,
            ["faults"] = new JsonArray([.. part.State.Faults.Select(fault => (JsonNode)new JsonObject
            {
                ["kind"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.Kind.ToString()),
                ["since"] = fault.Since.UtcDateTime.ToString("o"),
                ["by"] = fault.By,
            })]),
            ["memory_bytes"] = Usage.Parts.GetValueOrDefault(part.Part.Name)?.MemoryBytes,
            ["cpu_seconds"] = Usage.Parts.GetValueOrDefault(part.Part.Name)?.CpuNanoseconds / 1e9,
        })]),
        ["containers"] = new JsonObject([.. Usage.Containers.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject
        {
            ["resident_bytes"] = pair.Value.ResidentBytes,
            ["limit_bytes"] = State.Deployment.Containers.Single(container => container.Name == pair.Key).Limits.MemoryBytes,
            ["cpu_seconds"] = pair.Value.CpuNanoseconds / 1e9,
        }))]),
        ["endpoints"] = EndpointsOf(State),
    };

    /// <summary>Where a lab is reached.</summary>
    public static JsonArray EndpointsOf(LabState lab) => new([.. lab.Deployment.Endpoints.Select(endpoint => (JsonNode)new JsonObject
    {
        ["name"] = endpoint.Name,
        ["homeserver"] = endpoint.HomeserverKey,
        ["uri"] = endpoint.Uri.OriginalString,
    })]);

    private static string Lower(Enum word) => word.ToString().ToLowerInvariant();
}
