using System.CommandLine;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Parts;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab status [--name LAB] [--json]</c>: what runs, whether it is healthy, and where it is reached.</summary>
internal sealed class StatusCommand : ILabCommand
{
    public Command Build(LabServices services)
    {
        var name = LabOptions.Name();
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new Command("status", "Show what runs, whether it is healthy, and where it is reached") { name, json };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(services, parsed.GetValue(name), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, string? name, bool json, CancellationToken cancellationToken)
    {
        await using var lab = await services.AttachToLookAsync(name, cancellationToken);
        var status = await LabStatus.ReadAsync(lab, cancellationToken);
        if (json)
        {
            services.Output.WriteJson(status.ToJson());
        }
        else
        {
            Print(services.Output, status);
        }

        return status.IsWell ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private static void Print(TextWriter output, LabStatus status)
    {
        var (state, deployment) = (status.State, status.State.Deployment);
        var since = $"since {state.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        output.WriteLine($"lab {deployment.LabName}  topology {deployment.Topology.Name}  runtime {state.Runtime}  {since}");
        foreach (var problem in state.Failure)
        {
            output.WriteLine($"did not start: {problem}");
        }

        output.WriteLine();
        output.WriteLine($"{"",-22} {"memory",16} {"CPU",9}");
        foreach (var health in status.Parts)
        {
            var usage = status.Usage.Parts.GetValueOrDefault(health.Part.Name);
            // The limit of a shared container is not one of a process in it.
            var limit = health.Part.IsShared ? null : health.State.Memory;
            var numbers = usage is null ? "" : $"{Memory(usage.MemoryBytes, limit),16} {usage.CpuNanoseconds / 1e9,7:0.0} s";
            var near = Near(usage?.MemoryBytes ?? 0, limit);
            output.WriteLine($"{health.Part.Name,-22} {numbers,26}  {health.Sentence}{(near.Length > 0 ? $"; {near}" : "")}");
        }

        var limited = status.Parts.Where(health => health.Part.IsShared && health.State.Memory is not null);
        foreach (var shared in limited.DistinctBy(health => health.Part.Container.Name))
        {
            var (container, limit) = (shared.Part.Container.Name, shared.State.Memory);
            var bytes = status.Usage.Containers.GetValueOrDefault(container)?.ResidentBytes ?? 0;
            output.WriteLine($"{$"container {container}",-22} {Memory(bytes, limit),16} {"",9}  {Near(bytes, limit)}".TrimEnd());
        }

        output.WriteLine();
        output.WriteLine($"{"all containers",-22} {status.Usage.Containers.Values.Sum(usage => usage.ResidentBytes) / 1048576.0,12:0} MiB");
        output.WriteLine();
        LabOutput.WriteEndpoints(output, deployment);
    }

    // 113 MiB; 90 of 125 MiB; ! 124 of 125 MiB
    private static string Memory(long bytes, MemoryLimit? limit) =>
        limit is null ? MemoryLimit.Mebibytes(bytes) : $"{(limit.IsNear(bytes) ? "! " : "")}{bytes / 1048576.0:0} of {limit.Text}";

    private static string Near(long bytes, MemoryLimit? limit) => limit?.IsNear(bytes) == true ? $"memory near its limit. {limit.Fix}" : "";
}
