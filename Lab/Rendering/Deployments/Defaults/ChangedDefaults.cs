using SynapseLab.Synapse;

namespace SynapseLab.Deployments.Defaults;

/// <summary>All values that the lab changes. Nothing that changes what a client was promised may be among them: limits, waiting,
/// and work that shows nowhere.</summary>
internal static class ChangedDefaults
{
    private const string Synapse = "Synapse";
    private const string Postgres = "Postgres";
    private const string Redis = "Redis";
    private const string Nginx = "nginx";
    private const string Haproxy = "HAProxy";
    private const string Nothing = "Nothing.";
    private const string LongPolls = "A long poll may take as long as its client asks for.";
    private const string HungWorker = "A request to a process that hangs (`pause`) stays open up to ten minutes; its client's own patience ends it.";
    private const string NameServer = "A worker that restarts or moves is found again.";
    private const string WholeFilter = "A sync can carry its whole filter in the query, and Synapse takes lines of up to 16 KiB.";
    private const string AwayIsShort = "A server that was away is tried again within seconds.";
    private const string CatchUpIsSooner = "Catching up begins sooner than in production, where it takes up to the default; what is sent, and in which order, is the same.";

    /// <summary>The rows, by program.</summary>
    public static IReadOnlyList<ChangedDefault> All { get; } =
    [
        new(Synapse, "ip_range_blacklist", "private and loopback addresses", "[]",
            "The homeservers of a lab have private addresses.", "URL previews, push gateways and federation reach private addresses."),
        new(Synapse, "federation_custom_ca_list", "the system's authorities", "[/lab/ca.crt]",
            "Certificates come from the lab's own authority.", "Servers outside the lab are not trusted."),
        new(Synapse, "trusted_key_servers", "matrix.org", "[]",
            "A lab needs no internet.",
            "Keys come from the servers themselves: those of a server that is down are not to be had from anybody else."),
        new(Synapse, "federation.destination_min_retry_interval", "10m", "1s", AwayIsShort, CatchUpIsSooner),
        new(Synapse, "federation.destination_max_retry_interval", "7d", "10s", AwayIsShort, CatchUpIsSooner),
        new(Synapse, "federation.destination_retry_multiplier", "2", "2", "Stated beside the other two.", Nothing),
        new(Synapse, "federation.max_short_retry_delay", "2s", "1s", AwayIsShort, "A request that a user waits for fails sooner."),
        new(Synapse, "federation.max_long_retry_delay", "60s", "2s", AwayIsShort, CatchUpIsSooner),
        new(Synapse, "federation.max_long_retries", "10", "3",
            "With the delay above, seconds until a failure is noted.", "A homeserver counts as away after three tries."),
        new(Synapse, "enable_registration", "false", "true",
            "Users are made through the API that clients use, on any worker.",
            "Nothing; absent where login is delegated (`matrix_authentication_service`)."),
        new(Synapse, "enable_registration_without_verification", "false", "true", "Synapse does not start with the former alone.", Nothing),
        new(Synapse, "bcrypt_rounds", "12", "4",
            "Thousands of users are made at once.",
            "A login or registration costs a thousandth of a second of CPU in place of a quarter: a measurement of logins with passwords shows too little."),
        new(Synapse, "room_list_publication_rules", "nobody may publish", "[{action: allow}]", "A limit: rooms may be published.", Nothing),
        new(Synapse, [.. RateLimits.All.Select(limit => limit.Key)], "each its own, as 0.2 messages a second", "a million a second or as much", "A lab measures Synapse, not its limits.", "No client and no server is ever told to slow down (429).") { IsExact = false },
        new(Synapse, "report_stats", "has to be said", "false", "Synapse does not start without it.", Nothing),
        new(Synapse, "listeners.bind_addresses", "every address, IPv6 too", "[0.0.0.0]",
            "An engine's network has IPv4 and need not have IPv6.", Nothing),
        new(Synapse, "listeners.x_forwarded", "false", "true",
            "The proxy says which address a client has.",
            "Devices and rate limits see the client's address, as behind every proxy that is set up as Synapse's documentation says."),
        new(Synapse, "listeners.request_id_header", "none, each process counts its own", "X-Request-ID",
            "Evidence: a line of the log carries the ID that the proxy's log has.", Nothing),
        new(Synapse, "listeners.mode", "0666", "0666, of replication 0600", "Where sockets are files: replication is for Synapse's own user.", Nothing) { IsExact = false },
        new(Synapse, "enable_metrics", "false", "true", "Evidence: each process's own counters.", "Counting costs some CPU."),

        new(Postgres, "fsync", "on", "off",
            "Waiting for the disk, which machines of tests have slow.",
            "What is committed outlives Postgres, killed or not: the kernel has it. It does not outlive the machine, so a power cut cannot be tried. A commit takes a fraction of a millisecond, as on a disk with a battery."),
        new(Postgres, "max_connections", "100", "100, or as many as all pools together may open and 30 for the lab", "A limit.", "Nothing; `postgres: {max_connections: 50}` in a topology sets it.") { IsExact = false },
        new(Postgres, "wal-segsize", "16", "1",
            "The log is part of the prepared image: a file of it is copied at each start.", "More and smaller files in pg_wal."),

        new(Redis, "save", "3600 1 300 100 60 10000", "\"\"",
            "Work: its folder is memory, and ends with the container.",
            "Redis comes back empty. Synapse keeps nothing there but caches with a time limit."),

        new(Nginx, "worker_processes", "1", "2", "A limit.", "Two cores at most."),
        new(Nginx, "worker_connections", "512", "4096", "A limit.", Nothing),
        new(Nginx, "pcre_jit", "off", "on", "Work.", "Less CPU for a request; the same answers."),
        new(Nginx, "error_log", "logs/error.log", "stderr warn", "Evidence is the access log; a line of this one can carry a token.", Nothing) { IsExact = false },
        new(Nginx, "default_type", "text/plain", "application/json", "What nginx answers itself is JSON.", Nothing) { IsExact = false },
        new(Nginx, "server_tokens", "on", "off", "Answers are as long with every version.", Nothing),
        new(Nginx, "request_pool_size", "4k", "16k", "Work.", "Less CPU for a request, more memory for each that is open."),
        new(Nginx, "map_hash_bucket_size", "32, 64 or 128, by the processor", "128", "A limit: names of pools are long.", Nothing),
        new(Nginx, "map_hash_max_size", "2048", "4096", "A limit: the number of pools.", Nothing),
        new(Nginx, "variables_hash_bucket_size", "64", "128", "A limit: names of variables are long.", Nothing),
        new(Nginx, "uninitialized_variable_warn", "on", "off", "Work: a map's captures are empty where it does not match.", Nothing),
        new(Nginx, "resolver", "none, names are looked up at the start", "127.0.0.11 valid=1s ipv6=off",
            NameServer, "The new address of a restarted container is known after a second."),
        new(Nginx, "resolver_timeout", "30s", "2s", "Waiting.", Nothing),
        new(Nginx, "real_ip_header", "X-Real-IP", "X-Forwarded-For",
            "A client may say which address it plays.", "Affinity by address can be tried from one machine."),
        new(Nginx, "large_client_header_buffers", "4 8k", "8 16k", WholeFilter, Nothing),
        new(Nginx, "client_max_body_size", "1m", "0", "A limit; Synapse answers 413 itself.", Nothing),
        new(Nginx, "client_body_buffer_size", "16k", "128k", "Work: larger bodies go through a file.", Nothing),
        new(Nginx, "keepalive_timeout", "75s", "75s", "Stated: clients of a load rely on it.", Nothing),
        new(Nginx, "keepalive_requests", "1000", "100000",
            "A limit: a client of a load keeps its connection.", "A connection is not made anew after a thousand requests."),
        new(Nginx, "keepalive", "32 connections in each process", "64", "A limit.", Nothing),
        new(Nginx, "proxy_http_version", "1.1", "1.1", "Stated: older releases have 1.0, without connections that stay.", Nothing),
        new(Nginx, "proxy_connect_timeout", "60s", "2s", "Waiting.", "A process that was cut off (`partition`) is given up after two seconds, and the next of its pool is tried.") { IsExact = false },
        new(Nginx, "proxy_read_timeout", "60s", "600s", LongPolls, HungWorker) { IsExact = false },
        new(Nginx, "proxy_send_timeout", "60s", "600s", LongPolls, HungWorker),
        new(Nginx, "proxy_buffers", "8 4k", "16 16k", "Work: long answers of syncs.", Nothing),
        new(Nginx, "proxy_max_temp_file_size", "1024m", "0",
            "Work: no answer goes through a file.",
            "A client that reads slowly holds up the process that answers it once the buffers are full."),
        new(Nginx, "max_fails", "1 in 10 s", "0",
            "Waiting: a worker that restarts is back at once.",
            "Each request to a process that is down is tried there first and goes on to the next of its pool; by default only one in ten seconds does."),
        new(Nginx, "ssl_session_cache", "none", "shared:tls:1m", "Work.", "Homeservers that come again are greeted with less CPU."),

        new(Haproxy, "log", "none", "stdout len 65535 format raw local0 info", "Evidence: a line holds the whole target.", Nothing) { IsExact = false },
        new(Haproxy, "maxconn", "by the limit of open files", "8192",
            "Memory is taken for all of them.", "8,192 open requests, long polls among them."),
        new(Haproxy, "nbthread", "one for each core", "1",
            "Evidence: of two threads that log at the same moment one may drop its line.", "HAProxy has one core at most."),
        new(Haproxy, "tune.bufsize", "16384", "32768", WholeFilter, Nothing),
        new(Haproxy, "timeout resolve", "1s", "500ms", NameServer, Nothing),
        new(Haproxy, "timeout retry", "1s", "500ms", NameServer, Nothing),
        new(Haproxy, "hold valid", "10s", "500ms", NameServer, "The new address of a restarted container is known after half a second."),
        new(Haproxy, "hold nx", "30s", "0s", NameServer, "A container that is down has no address at once."),
        new(Haproxy, "hold other", "30s", "0s", NameServer, "As above."),
        new(Haproxy, "hold refused", "30s", "0s", NameServer, "As above."),
        new(Haproxy, "timeout connect", "none", "2s",
            "Has to be said; the same as with nginx.", "A process that was cut off is given up after two seconds."),
        new(Haproxy, "timeout http-request", "none", "30s",
            "Has to be said.", "A client that does not end its request within 30 s is refused."),
        new(Haproxy, "timeout client", "none", "600s", LongPolls, Nothing),
        new(Haproxy, "timeout server", "none", "600s", LongPolls, HungWorker) { IsExact = false },
        new(Haproxy, "retries", "3", "3", "Stated; none on the operator's listener, where an answer is about one process.", Nothing) { IsExact = false },
        new(Haproxy, "option redispatch", "the last try", "1",
            "Waiting: another worker at once, as with nginx.", "A request to a process that is down goes on to the next of its pool."),
        new(Haproxy, "retry-on", "conn-failure", "conn-failure empty-response",
            "What nginx does by default, so that a fault looks the same behind both.",
            "A request that a worker's death broke off is sent to another one; not a POST."),
        new(Haproxy, "http-reuse", "safe", "safe", "Stated.", Nothing),
        new(Haproxy, "default-server", "init-addr last,libc", "resolvers engine init-addr none",
            "A worker that is down at the start does no harm.", Nothing),
    ];
}
