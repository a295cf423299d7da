using SynapseLab.Plans;
using SynapseLab.Yaml;
using static SynapseLab.Synapse.ConfigValues;

namespace SynapseLab.Synapse;

/// <summary>
/// Logging of one process, to standard output:
/// <c>[generic_worker1] 2026-11-21 08:00:00,123 - synapse.access.http.8101 - 510 - INFO - GET-7 - ...</c> The name in front keeps lines
/// apart where several processes share a container or a terminal. Synapse adds <c>%(request)s</c> itself (synapse/config/logger.py).
/// </summary>
internal static class LogConfig
{
    /// <summary>The file's text.</summary>
    /// <param name="process">The process.</param>
    /// <param name="named">Whether to put its name in front; false where the launcher of a shared container does.</param>
    public static string Render(SynapseProcess process, bool named) => new YamlWriter()
        .Comment($"Logging of {process.Id}, to standard output {(named ? "with its name in front" : "; the launcher puts its name in front")}.".Replace(" ;", ";", StringComparison.Ordinal))
        .Entry("version", 1)
        .Entry("disable_existing_loggers", false)
        .Entry("formatters", Map(("lab", Map(("format", $"{(named ? $"[{process.Id}] " : "")}%(asctime)s - %(name)s - %(lineno)d - %(levelname)s - %(request)s - %(message)s")))))
        .Entry("handlers", Map(("stdout", Map(("class", "logging.StreamHandler"), ("stream", "ext://sys.stdout"), ("formatter", "lab")))))
        .Comment("DEBUG here would write access tokens.")
        .Entry("loggers", Map(("synapse.storage.SQL", Map(("level", "INFO")))))
        .Entry("root", Map(("level", "INFO"), ("handlers", List("stdout"))))
        .ToString();
}
