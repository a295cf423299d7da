using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Plans;
using static SynapseLab.Synapse.ConfigValues;

namespace SynapseLab.Synapse;

/// <summary>homeserver.yaml: what all processes of a homeserver share, and main's own listeners.</summary>
internal static class HomeserverConfig
{
    /// <summary>The file's text.</summary>
    /// <param name="homeserver">The homeserver.</param>
    /// <param name="connections">Database connections of each process.</param>
    /// <param name="hostPrefix">What the host names of Postgres and Redis begin with, see
    /// <see cref="DeploymentInputs.HostPrefix"/>.</param>
    public static string Render(Homeserver homeserver, ConnectionPlan connections, string hostPrefix = "")
    {
        var text = new SectionedConfig(homeserver.Topology.Options);
        text.Head(
            $"{homeserver.ServerName}: what its processes share, and main's own listeners. Each worker adds a file under workers/.",
            "Made by the Synapse worker lab; options are explained in Synapse's configuration manual.");
        Identity(text, homeserver);
        MainProcess(text, homeserver);
        Database(text, homeserver, connections, hostPrefix);
        if (homeserver.Processes.Count > 1)
        {
            Workers(text, homeserver, hostPrefix);
        }

        Media(text, homeserver);
        Federation(text);
        Accounts(text, homeserver);
        text.Section("Rate limits, lifted: a lab measures Synapse, not its limits.", [.. RateLimits.All]);
        text.Rest("Options of the topology.");
        return text.ToString();
    }

    private static void Identity(SectionedConfig text, Homeserver homeserver)
    {
        text.Section(null, ("server_name", homeserver.ServerName), ("report_stats", false));
        var secrets = new List<(string, object?)>
        {
            ("signing_key_path", SynapsePaths.Secret("signing.key")),
            ("macaroon_secret_key_path", SynapsePaths.Secret("macaroon_secret_key")),
            ("form_secret_path", SynapsePaths.Secret("form_secret")),
            ("registration_shared_secret_path", SynapsePaths.Secret("registration_shared_secret")),
        };
        if (homeserver.Processes.Count > 1)
        {
            secrets.Add(("worker_replication_secret_path", SynapsePaths.Secret("worker_replication_secret")));
        }

        text.Section("Secrets lie in files of their own, readable by the owner alone.", [.. secrets]);
    }

    private static void MainProcess(SectionedConfig text, Homeserver homeserver)
    {
        var replication = homeserver.Main.ReplicationPort is null ? "" : " The second is for the workers and never behind the proxy.";
        text.Section($"The main process. Its first {(homeserver.Main.HttpSocket is null ? "port" : "socket")} is behind the proxy, which adds X-Request-ID: log lines carry it.{replication}",
            ("listeners", Listeners.Of(homeserver.Main)),
            ("enable_metrics", true),
            ("log_config", SynapsePaths.LogYaml(homeserver.Main)));
    }

    private static void Database(SectionedConfig text, Homeserver homeserver, ConnectionPlan connections, string hostPrefix) =>
        text.Section(connections.ToString(),
            ("database", Map(
                ("name", "psycopg2"),
                ("args", Map(
                    ("host", hostPrefix + ContainerNames.Postgres),
                    ("dbname", homeserver.Database),
                    ("user", "synapse"),
                    ("passfile", SynapsePaths.PostgresPasswordFile))))));

    private static void Workers(SectionedConfig text, Homeserver homeserver, string hostPrefix)
    {
        var topology = homeserver.Topology;
        var unix = homeserver.Main.ReplicationSocket is not null;
        text.Section("Processes tell each other over Redis what they wrote.",
            ("redis", Map(("enabled", true), unix ? ("path", SynapsePaths.RedisSocket) : ("host", hostPrefix + ContainerNames.Redis), ("password_path", SynapsePaths.RedisPassword))));

        text.Section($"Where processes with a replication listener are reached; the {(unix ? "paths" : "ports")} match the listeners in their own files.",
            ("instance_map", Map([.. homeserver.Processes
                .Where(process => process.ReplicationPort is not null)
                .Select(process => (process.IsMain ? MainName.InInstanceMap : process.Name, (object?)(process.ReplicationSocket is { } socket ? Map(("path", socket)) : Map(("host", process.Host), ("port", process.ReplicationPort)))))])));

        var duties = new List<(string, object?)>();
        if (topology.StreamWriters.Count > 0)
        {
            duties.Add(("stream_writers", Map([.. topology.StreamWriters.Select(stream => (stream.Key, (object?)List([.. stream.Value.Select(MainName.ToSynapse)])))])));
        }

        AddSeveral(duties, "federation_sender_instances", topology.FederationSenderInstances);
        AddSeveral(duties, "pusher_instances", topology.PusherInstances);
        AddSeveral(duties, "outbound_federation_restricted_to", topology.OutboundFederationRestrictedTo);
        AddOne(duties, "run_background_tasks_on", topology.RunBackgroundTasksOn);
        AddOne(duties, "notify_appservices_from_worker", topology.NotifyAppservicesFromWorker);
        AddOne(duties, "update_user_directory_from_worker", topology.UpdateUserDirectoryFromWorker);
        text.Section("Who does what; the main process does the rest, and is called 'master' here. Order matters: rooms and destinations are spread over a list by hash.", [.. duties]);
    }

    private static void Media(SectionedConfig text, Homeserver homeserver)
    {
        var repositories = homeserver.Processes.Where(process => process.Resources.Contains("media")).ToArray();
        if (repositories.Length == 0)
        {
            text.Section("Media lie on a folder that all processes see.", ("media_store_path", SynapsePaths.Media));
            return;
        }

        text.Section("Media are handled by workers, whose own files turn the repository on. All of them see the folder.",
            ("media_store_path", SynapsePaths.Media),
            ("enable_media_repo", false),
            ("media_instance_running_background_jobs", homeserver.Topology.MediaInstanceRunningBackgroundJobs ?? repositories[0].Name));
    }

    private static void Federation(SectionedConfig text) => text.Section(
        "Federation inside the lab: private addresses are allowed, certificates come from the lab's own authority, keys from the servers " +
        "themselves, and a server that was away is tried again within seconds instead of minutes.",
        ("ip_range_blacklist", List()),
        ("federation_custom_ca_list", List(SynapsePaths.CertificateAuthority)),
        ("trusted_key_servers", List()),
        ("federation", Map(
            ("destination_min_retry_interval", "1s"),
            ("destination_max_retry_interval", "10s"),
            ("destination_retry_multiplier", 2),
            ("max_short_retry_delay", "1s"),
            ("max_long_retry_delay", "2s"),
            ("max_long_retries", 3))));

    private static void Accounts(SectionedConfig text, Homeserver homeserver)
    {
        // Synapse refuses to start with registration of its own where the authentication service does
        // it (synapse/config/mas.py check_config_conflicts).
        if (!homeserver.Topology.DelegatesLogin)
        {
            text.Section("Anybody may register, on any worker, without proof of anything; hashes are cheap, since thousands of users are made at once.",
                ("enable_registration", true),
                ("enable_registration_without_verification", true),
                ("bcrypt_rounds", 4));
        }

        text.Section("Rooms may be published.", ("room_list_publication_rules", List(Map(("action", "allow")))));
    }

    private static void AddSeveral(List<(string, object?)> duties, string option, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            duties.Add((option, List([.. names.Select(MainName.ToSynapse)])));
        }
    }

    private static void AddOne(List<(string, object?)> duties, string option, string? name)
    {
        if (name is not null)
        {
            duties.Add((option, name));
        }
    }
}
