namespace SynapseLab.Topologies;

/// <summary>Options of homeserver.yaml that follow from the rest of a topology,
/// and would contradict it if they stood under <c>options</c>.</summary>
internal static class OwnedOptions
{
    private const string Listeners = "Listeners follow from the role of each worker";
    private const string Secrets = "The lab makes secrets itself and keeps them in files of their own";
    private const string Services = "The lab runs Postgres and Redis itself; 'limits' can change their CPU and memory";
    private const string Beside = "Write it beside 'options', directly under the homeserver";

    /// <summary>The option, and what to do instead.</summary>
    public static IReadOnlyDictionary<string, string> Instead { get; } = new Dictionary<string, string>
    {
        ["server_name"] = "It is the key under 'homeservers'",
        ["listeners"] = Listeners,
        ["worker_listeners"] = Listeners,
        ["enable_metrics"] = "Every process of the lab has a metrics listener",
        ["metrics_port"] = "Every process of the lab has a metrics listener",
        ["instance_map"] = "It follows from 'workers', 'stream_writers' and 'outbound_federation_restricted_to'",
        ["worker_app"] = "Declare workers under 'workers', directly under the homeserver",
        ["worker_name"] = "Declare workers under 'workers', directly under the homeserver",
        ["stream_writers"] = Beside,
        ["federation_sender_instances"] = Beside,
        ["send_federation"] = "Use 'federation_sender_instances' directly under the homeserver",
        ["pusher_instances"] = Beside,
        ["start_pushers"] = "Use 'pusher_instances' directly under the homeserver",
        ["outbound_federation_restricted_to"] = Beside,
        ["run_background_tasks_on"] = Beside,
        ["notify_appservices_from_worker"] = Beside,
        ["notify_appservices"] = "Use 'notify_appservices_from_worker' directly under the homeserver",
        ["update_user_directory_from_worker"] = Beside,
        ["update_user_directory"] = "Use 'update_user_directory_from_worker' directly under the homeserver",
        ["media_instance_running_background_jobs"] = Beside,
        ["enable_media_repo"] = "Give a worker 'role: media_repository', and main has no media repository",
        ["media_store_path"] = "The lab keeps media in its own folder",
        ["databases"] = Services,
        ["redis"] = Services,
        ["pid_file"] = "Each process has a container of its own and needs none",
        ["daemonize"] = "Each process has a container of its own and stays in the foreground",
        ["signing_key"] = Secrets,
        ["signing_key_path"] = Secrets,
        ["macaroon_secret_key"] = Secrets,
        ["macaroon_secret_key_path"] = Secrets,
        ["form_secret"] = Secrets,
        ["form_secret_path"] = Secrets,
        ["registration_shared_secret"] = Secrets,
        ["registration_shared_secret_path"] = Secrets,
        ["worker_replication_secret"] = Secrets,
        ["worker_replication_secret_path"] = Secrets,
    };
}
