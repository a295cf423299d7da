using SynapseLab.Plans;
using SynapseLab.Yaml;

namespace SynapseLab.Synapse;

/// <summary>A worker's own file; everything that processes share stands in
/// homeserver.yaml (docs/workers.md "Worker configuration").</summary>
internal static class WorkerConfig
{
    /// <summary>The file's text.</summary>
    /// <param name="process">A worker.</param>
    /// <param name="options">The homeserver's own options: a <c>log_config</c> among them is every process's.</param>
    public static string Render(SynapseProcess process, IReadOnlyDictionary<string, object?> options)
    {
        var worker = process.Worker ?? throw new ArgumentException("main has no worker file", nameof(process));
        var yaml = new YamlWriter()
            .Comment($"{worker.Name} ({worker.Role.Name}): {worker.Role.Description}", "What all processes share is in homeserver.yaml.")
            .Entry("worker_app", "synapse.app.generic_worker")
            .Entry("worker_name", worker.Name)
            .Blank();
        if (process.Resources.SequenceEqual(["health"]))
        {
            yaml.Comment($"Neither clients nor other homeservers reach it: only /health answers on the first {(process.HttpSocket is null ? "port" : "socket")}.");
        }

        yaml.Entry("worker_listeners", Listeners.Of(process))
            .Blank()
            .Entry("worker_log_config", options.GetValueOrDefault("log_config", SynapsePaths.LogYaml(process)));
        if (process.Resources.Contains("media"))
        {
            yaml.Blank()
                .Comment("homeserver.yaml turns the media repository off; here it is.")
                .Entry("enable_media_repo", true);
        }

        return yaml.ToString();
    }
}
