using SynapseLab.Catalogue;
using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>Reads <c>stream_writers</c> and checks what Synapse checks at its start, and what it does not check and answers with errors
/// later (synapse/config/workers.py).</summary>
internal sealed class StreamWriterRules(FileProblems problems, WorkerNames names)
{
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Read(IReadOnlyList<YamlEntry> entries)
    {
        var writers = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var entry in entries)
        {
            var instances = names.Resolve(entry.Key, entry.Value);
            writers[entry.Key] = instances;
            if (StreamRule.All.FirstOrDefault(stream => stream.Name == entry.Key) is { } stream)
            {
                CheckNumber(stream, entry, instances);
                foreach (var instance in instances)
                {
                    CheckWriter(stream, entry, instance);
                }
            }
        }

        return writers;
    }

    private void CheckNumber(StreamRule stream, YamlEntry entry, IReadOnlyList<string> instances)
    {
        if (!stream.ManyWriters && instances.Count > 1)
        {
            problems.Add(
                entry.Line,
                $"stream '{stream.Name}' takes exactly one writer, here are {instances.Count}: {string.Join(", ", instances)}",
                "Name one of them");
        }

        if (entry.Value is YamlList { Items.Count: 0 })
        {
            problems.Add(
                entry.Line, $"stream '{stream.Name}' has no writer", "Name a worker, or remove the key for the main process to write it");
        }
    }

    private void CheckWriter(StreamRule stream, YamlEntry entry, string instance)
    {
        if (names.Workers.All.FirstOrDefault(worker => worker.Worker.Name == instance) is not { RoleKnown: true } worker)
        {
            return;
        }

        var role = worker.Worker.Role;
        if (!role.Replication)
        {
            // Synapse itself would start, and every write would fail: nothing there compares instance_map with the listeners.
            problems.Add(
                entry.Line,
                $"'{instance}' cannot write '{stream.Name}': role {role.Name} has no replication listener",
                $"Give it 'role: {(stream.ServesRequests ? "stream_writer" : "event_persister")}'");
        }
        else if (stream.ServesRequests
            && !role.Resources.Contains("client")
            && !(stream.Name == "quarantined_media_changes" && role.Resources.Contains("media")))
        {
            problems.Add(entry.Line, $"'{instance}' cannot write '{stream.Name}': requests for it have to reach the writer, and role {role.Name} serves no clients", "Give it 'role: stream_writer'");
        }
    }
}
