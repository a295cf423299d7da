using SynapseLab.Conventions;
using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>Reads one homeserver and checks Synapse's rules about its workers.</summary>
internal sealed class HomeserverReader(FileProblems problems, YamlEntry entry, Packing packing, bool synapseIsTheLabs)
{
    private readonly YamlNode _node = entry.Value;

    public HomeserverTopology Read()
    {
        var workers = new WorkerGroups(problems, entry.Key, packing, _node.Entries("workers"));
        var names = new WorkerNames(problems, workers);
        var homeserver = new HomeserverTopology
        {
            ServerName = entry.Key,
            MainLimits = LimitsReader.Read(_node.Child("main").Child("limits"), problems),
            Workers = [.. workers.All.Select(worker => worker.Worker)],
            StreamWriters = new StreamWriterRules(problems, names).Read(_node.Entries("stream_writers")),
            FederationSenderInstances = names.Several(_node, "federation_sender_instances", "nothing would be sent to other homeservers"),
            PusherInstances = names.Several(_node, "pusher_instances", "no push notification would be sent"),
            OutboundFederationRestrictedTo = RestrictedTo(names),
            RunBackgroundTasksOn = names.One(_node, "run_background_tasks_on"),
            NotifyAppservicesFromWorker = names.One(_node, "notify_appservices_from_worker"),
            UpdateUserDirectoryFromWorker = names.One(_node, "update_user_directory_from_worker"),
            MediaInstanceRunningBackgroundJobs = MediaJobs(workers, names),
            Options = _node.Child("options") is YamlMapping options
                ? (IReadOnlyDictionary<string, object?>)YamlValues.ToValue(options)!
                : new Dictionary<string, object?>(),
            Files = [.. _node.Entries("files").Where(file => file.Value is YamlScalar).Select(file => new ExtraFile(file.Key, ((YamlScalar)file.Value).Text) { Line = file.Line })],
        };
        ListingRules.Check(homeserver, workers, problems);
        foreach (var file in homeserver.Files.Where(file => homeserver.Files.Any(other => other.Name.StartsWith($"{file.Name}/", StringComparison.Ordinal))))
        {
            problems.Add(file.Line, $"'{file.Name}' is a file and a folder of another file", "Rename one of them");
        }

        new OptionRules(problems, [.. homeserver.Files.Select(file => file.Name)], synapseIsTheLabs).Check(_node.Entries("options"));
        return homeserver;
    }

    private IReadOnlyList<string> RestrictedTo(WorkerNames names)
    {
        const string Option = "outbound_federation_restricted_to";
        var restricted = names.Several(_node, Option, "no process could reach other homeservers");

        // Main is 'main' in instance_map but looked up as 'master' there, so that Synapse refuses it (synapse/config/workers.py).
        if (restricted.Contains(MainName.Lab))
        {
            problems.Add(
                _node.Child(Option)!.Line,
                $"'{Option}' takes workers only, Synapse does not accept the main process there",
                "Name a worker, for example one with 'role: federation_sender'");
        }

        return restricted;
    }

    private string? MediaJobs(WorkerGroups workers, WorkerNames names)
    {
        const string Option = "media_instance_running_background_jobs";
        var repositories = workers.All.Where(worker => worker.Worker.Role.Resources.Contains("media")).ToArray();
        var chosen = names.One(_node, Option);
        if (chosen is not null && repositories.All(worker => worker.Worker.Name != chosen))
        {
            problems.Add(_node.Child(Option)!.Line, $"'{chosen}' is no media repository", "Name a worker with 'role: media_repository'");
        }

        // docs/workers.md "synapse.app.media_repository": with several of them one has to be named.
        if (chosen is null && repositories.Length > 1)
        {
            problems.Add(
                repositories[0].Line,
                $"there are {repositories.Length} media repositories, and none is named to clean up",
                $"Add '{Option}: {repositories[0].Worker.Name}'");
        }

        return chosen;
    }
}
