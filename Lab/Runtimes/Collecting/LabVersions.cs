using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Images;

namespace SynapseLab.Runtimes.Collecting;

/// <summary>What a lab runs on: the lab itself, the machine, the engine, and the image of each container.</summary>
internal static class LabVersions
{
    /// <summary>Asks.</summary>
    /// <exception cref="EngineException">The engine refuses.</exception>
    public static async Task<JsonObject> ReadAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        var engine = await lab.Engine.InfoAsync(cancellationToken);
        var known = new MachineImages(lab.Root, lab.Engine).Read().ToDictionary(image => image.Reference);
        var images = new JsonArray();
        foreach (var containers in lab.Deployment.Containers.GroupBy(container => container.Image))
        {
            var image = await lab.Engine.ImageAsync(containers.Key, cancellationToken);
            images.Add(new JsonObject
            {
                ["reference"] = containers.Key,
                ["id"] = image?.Id,
                ["created"] = image?.Created.UtcDateTime.ToString("o"),
                // Of the program in it; a prepared database has the version of Postgres's image in its name.
                ["version"] = known.GetValueOrDefault(containers.Key)?.Version,
                ["origin"] = known.GetValueOrDefault(containers.Key)?.Origin,
                ["containers"] = new JsonArray([.. containers.Select(container => (JsonNode)container.Name)]),
            });
        }

        return new JsonObject
        {
            ["collected_at"] = lab.Time.GetUtcNow().UtcDateTime.ToString("o"),
            ["lab"] = typeof(LabVersions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
            ["dotnet"] = RuntimeInformation.FrameworkDescription,
            ["machine"] = new JsonObject { ["os"] = RuntimeInformation.OSDescription, ["cpus"] = engine.Cpus, ["memory_bytes"] = engine.MemoryBytes },
            ["engine"] = new JsonObject { ["version"] = engine.Version, ["api_version"] = engine.ApiVersion, ["storage_driver"] = engine.StorageDriver, ["cgroup_version"] = engine.CgroupVersion },
            ["images"] = images,
        };
    }
}
