using SynapseLab.Catalogue;
using SynapseLab.Yaml.Shapes;

namespace SynapseLab.Topologies;

/// <summary>What may stand where in a topology file. The check of files,
/// docs/topology.schema.json and the tables of docs/topologies.md all come from here.</summary>
internal static class TopologyShape
{
    /// <summary>How many workers one homeserver may have: beyond that no machine of the lab's kind starts them,
    /// and ports would overlap.</summary>
    public const int MaxWorkersOfHomeserver = 60;

    /// <summary>How many workers a lab may have over all homeservers; keeps the port ranges of <c>DeploymentBuilder</c> apart.</summary>
    public const int MaxWorkers = 150;

    /// <summary>How many homeservers a lab may have.</summary>
    public const int MaxHomeservers = 10;

    /// <summary>The least memory a container may be limited to, in bytes: an idle Synapse process has over 100 MiB resident,
    /// Redis some.</summary>
    public const long MinMemoryBytes = 16L << 20;

    private const string FileNamePattern = "[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,5}";
    private const string ServerNamePattern = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*";

    private static readonly MappingShape LimitsShape = new("Limits of a container; without them it may use the whole machine.",
    [
        new("cpus", new NumberShape("Cores; 0.5 is half of one.", 0.05, 256, Whole: false)),
        new("memory", new TextShape("Memory, as 512MiB or 2GiB. The engine kills a process that needs more.", "[1-9][0-9]{0,6} ?(?:MiB|GiB)", "a size such as 512MiB or 2GiB")),
    ]);

    private static readonly MappingShape MainShape = new("The main process. The key has to be there; {} is enough.",
    [
        new("limits", LimitsShape),
    ]);

    private static readonly MappingShape WorkerShape = new("A worker, or several of the same kind.",
    [
        new("role", new ChoiceShape("What the worker is for: its listeners and the requests that the proxy sends to it.", "role",
            [.. WorkerRoles.All.Select(role => new Choice(role.Name, role.Description))]),
            Missing: ("a worker without a role", "Add for example 'role: generic_worker'")),
        new("count", new NumberShape("How many: with count 3, generic_worker becomes generic_worker1 to generic_worker3. Without it there is one, called exactly like the key.", 1, MaxWorkersOfHomeserver, Whole: true)),
        new("limits", LimitsShape),
    ]);

    private static readonly MappingShape HomeserverShape = new("A homeserver.",
    [
        new("main", MainShape, Missing: ("the homeserver has no main process", "Add 'main: {}'")),
        new("workers", new DictionaryShape("The workers.", "name of a worker",
            new TextShape("Synapse's worker_name, or with count its beginning.", "[a-z](?:[a-z0-9_-]{0,38}[a-z0-9])?", "1 to 40 of a-z, 0-9, _ and -, beginning with a letter and ending with a letter or digit, so that a host name can be made of it"),
            WorkerShape)),
        new("stream_writers", new DictionaryShape("Which workers write which streams; main writes the others. The order of several decides the sharding.", "stream",
            new ChoiceShape("A stream.", "stream", [.. StreamRule.All.Select(stream => new Choice(stream.Name, stream.ManyWriters ? "One or more writers." : "Exactly one writer."))]),
            new NamesShape("Names of workers or of groups of them."))),
        new(
            "federation_sender_instances",
            new NamesShape("The workers that send to other homeservers, instead of main. The order decides the sharding.")),
        new("pusher_instances", new NamesShape("The workers that send push notifications, instead of main.")),
        new(
            "outbound_federation_restricted_to",
            new NamesShape("The only workers that may open connections to other homeservers; the others go through them.")),
        new("run_background_tasks_on", new TextShape("The worker that runs background tasks, instead of main.")),
        new("notify_appservices_from_worker", new TextShape("The worker that sends to application services, instead of main.")),
        new("update_user_directory_from_worker", new TextShape("The worker that keeps the user directory up to date, instead of main.")),
        new(
            "media_instance_running_background_jobs",
            new TextShape("The media repository that cleans up; needed where there are several.")),
        new("options", new FreeMappingShape("Further options of homeserver.yaml. They win over what the lab would write, key by key.", OwnedOptions.Instead)),
        new("files", new DictionaryShape("Files for this homeserver's processes, by the name under /config/files; options name them by that path.", "name of a file",
            new TextShape(
                "The name under /config/files.",
                FileNamePattern,
                "names of a-z, A-Z, 0-9, _, - and . with / between them, such as templates/mail.html"),
            new TextShape("The file to bring in: a path relative to the topology's own file. Text of up to 1 MiB."))),
    ]);

    /// <summary>The whole file.</summary>
    public static MappingShape File { get; } = new("A deployment of Matrix Synapse: homeservers with their workers, and the proxy before them.",
    [
        new("description", new TextShape("What it is for, one or two sentences.")),
        new("synapse", new MappingShape("Which Synapse; without it the one that the lab has.",
        [
            new("image", new TextShape("Image, as matrixdotorg/synapse or matrixdotorg/synapse:v1.160.0.", "[a-z0-9][A-Za-z0-9._/:@-]*", "an image reference")),
            new("version", new TextShape("Version, as v1.160.0.", "v?[0-9]+\\.[0-9]+\\.[0-9]+(?:rc[0-9]+)?", "a version such as v1.160.0")),
        ])),
        new("packing", new ChoiceShape("How the Synapse processes of a homeserver are put into containers.", "packing",
        [
            new("separate", "One container for each process, the default."),
            new(
                "one-container",
                "Main and workers forked inside one container: starts faster and needs less memory, for runs that break nothing."),
        ])),
        new("sockets", new ChoiceShape("What Synapse's listeners for requests and replication, and Redis, listen on.", "kind of sockets",
        [
            new("tcp", "Ports on the lab's network, the default."),
            new("unix", "Unix sockets in folders that the containers share. Metrics stay on TCP, where Synapse alone serves them, and so does Postgres."),
        ])),
        new("homeservers", new DictionaryShape("The homeservers, by server_name. The first label (hs1 of hs1.test) is the short name in ports, containers and databases.", "server_name",
            new TextShape("Synapse's server_name.", ServerNamePattern, "a host name in lower case without a port, such as hs1.test"),
            HomeserverShape)
        {
            Empty = ("there is no homeserver", "Add one, for example 'hs1.test: {main: {}}'"),
        }, Missing: ("there is no homeserver", "Add 'homeservers:' with one, for example 'hs1.test: {main: {}}'")),
        new("proxy", new MappingShape("The reverse proxy before all homeservers.",
        [
            new(
                "kind",
                new ChoiceShape("Which program; nginx without the key.", "proxy", [new("nginx", "nginx."), new("haproxy", "HAProxy.")])),
            new("affinity", new DictionaryShape("Affinity by group of routes, of the keys that its requests carry, and 'default' for all groups that are not named and can have it. Without it the recommendation of Synapse's documentation holds.", "group of routes",
                new ChoiceShape("A group of the endpoint catalogue, or default.", "group of routes",
                    [new("default", "All groups that are not named."), .. EndpointCatalogue.GroupNames.Select(group => new Choice(group, $"The routes of Lab/Model/Catalogue/Groups/{group}.yaml."))]),
                AffinityWords.Shape)),
        ])),
        new("postgres", new MappingShape("The database.",
        [
            new("max_connections", new NumberShape("How many connections it takes; without the key as many as the pools of all processes may want, so that they never run out.", 10, 10_000, Whole: true)),
        ])),
        new("limits", new DictionaryShape("Limits of the containers that are not Synapse.", "container",
            new ChoiceShape(
                "A container.",
                "container",
                [new("postgres", "The database."), new("redis", "The message bus of the workers."), new("proxy", "The reverse proxy.")]),
            LimitsShape)),
    ]);
}
