using SynapseLab.Catalogue;
using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Routing;
using SynapseLab.Topologies;

namespace SynapseLab.Proxies;

/// <summary>
/// nginx 1.27.3 or later (its <c>resolve</c> parameter). One <c>location</c> passes everything on; maps that are looked up
/// lazily choose the upstream, on the undecoded path, because that is what Synapse matches and signs.
/// </summary>
internal sealed class NginxRenderer : IProxyRenderer
{
    /// <inheritdoc/>
    public string Kind => "nginx";

    /// <inheritdoc/>
    public IReadOnlyList<string> Command { get; } = ["nginx", "-c", $"{LabPaths.ProxyConfig}/nginx.conf", "-g", "daemon off;"];

    /// <inheritdoc/>
    public string ImageOf(ImageSet images) => images.Nginx;

    /// <inheritdoc/>
    public IReadOnlyList<LabFile> Render(IReadOnlyList<Homeserver> homeservers, ProxyTopology proxy)
    {
        var map = RouteMap.Build(homeservers, proxy);
        var text = new ConfigText();
        text.Comment(
            "Made by the Synapse worker lab from the topology and its endpoint catalogue.",
            "Read it from the bottom: a server passes every request to a pool; the maps above say how that is found.");
        text.Line();
        WriteProcess(text);
        text.Block("http", http =>
        {
            WriteBasics(http);
            WriteLog(http, map);
            NginxRoutes.Write(http, map);
            WriteUpstreams(http, map);
            for (var index = 0; index < map.Homeservers.Count; index++)
            {
                WriteServers(http, map, index);
            }

            WriteOperator(http, homeservers);
        });
        return [new LabFile("proxy/nginx.conf", text.ToString())];
    }

    private static void WriteProcess(ConfigText text)
    {
        text.Line("worker_processes 2;")
            .Comment("Compiled patterns: on a long-lived proxy they cost a fraction of interpreted ones.")
            .Line("pcre_jit on;")
            .Line("error_log stderr warn;")
            .Comment("Runs as any user: everything it writes is under /tmp.")
            .Line("pid /tmp/nginx.pid;")
            .Line()
            .Block("events", events => events.Line("worker_connections 4096;"))
            .Line();
    }

    private static void WriteBasics(ConfigText http)
    {
        http.Comment(
            "What goes wrong while a request is served is written with the request's line, and a line can carry a token: the access",
            "log has status and worker instead.")
            .Line("error_log stderr emerg;")
            .Line()
            .Line("client_body_temp_path /tmp/client_body;")
            .Line("proxy_temp_path /tmp/proxy;")
            .Line("fastcgi_temp_path /tmp/fastcgi;")
            .Line("uwsgi_temp_path /tmp/uwsgi;")
            .Line("scgi_temp_path /tmp/scgi;")
            .Line("default_type application/json;")
            .Line("server_tokens off;")
            .Comment("The values of all variables of this file, 16 bytes each, lie in a request's memory: taken in one piece, not in three of 4k.")
            .Line("request_pool_size 16k;")
            .Line("map_hash_bucket_size 128;")
            .Line("map_hash_max_size 4096;")
            .Line("variables_hash_bucket_size 128;")
            .Line("uninitialized_variable_warn off;")
            .Line()
            .Comment(
                "The engine's own name server: a worker that restarts or moves is found again, one that is down at the start does no harm.")
            .Line("resolver 127.0.0.11 valid=1s ipv6=off;")
            .Line("resolver_timeout 2s;")
            .Line()
            .Comment(
                "Only this machine reaches the published ports, through the engine's gateway. So a client may say which address it",
                "plays, and affinity by source address can be tried from one machine.")
            .Lines(TrustedNetworks.All, network => $"set_real_ip_from {network};")
            .Line("real_ip_header X-Forwarded-For;")
            .Line()
            .Comment("A sync can carry its whole filter in the query; Synapse takes lines of up to 16 KiB (twisted.protocols.basic).")
            .Line("large_client_header_buffers 8 16k;")
            .Comment("Synapse's max_upload_size is 50M unless configured; it answers 413 in Matrix's own words.")
            .Line("client_max_body_size 0;")
            .Line("client_body_buffer_size 128k;")
            .Line("keepalive_timeout 75s;")
            .Line("keepalive_requests 100000;")
            .Line()
            .Line("proxy_http_version 1.1;")
            .Line("proxy_set_header Connection \"\";")
            .Line("proxy_set_header Host $http_host;")
            .Line("proxy_set_header X-Forwarded-For $remote_addr;")
            .Line("proxy_set_header X-Forwarded-Proto $scheme;")
            .Line("proxy_set_header X-Request-ID $lab_request_id;")
            .Line("proxy_connect_timeout 2s;")
            .Comment("A long poll may take as long as its client asks for.")
            .Line("proxy_read_timeout 600s;")
            .Line("proxy_send_timeout 600s;")
            .Line("proxy_buffers 16 16k;")
            .Line("proxy_max_temp_file_size 0;")
            .Line();
    }

    private static void WriteLog(ConfigText http, RouteMap map)
    {
        var processes = map.Homeservers.SelectMany(routes => routes.Homeserver.Processes).ToArray();
        if (processes.All(process => process.HttpSocket is null))
        {
            http.Comment("Every Synapse process of the lab has a port of its own: the port says who answered, wherever the process runs.")
                .Block("map $upstream_addr $lab_upstream_port", block => block.Line("\"~:(?<lab_port>[0-9]+)$\" $lab_port;"))
                .Block(
                    "map $lab_upstream_port $lab_worker",
                    block => block.Lines(processes.Select(process => $"{process.HttpPort} {process.Id};")));
        }
        else
        {
            http.Comment("Every Synapse process has a socket of its own, which says who answered. Of several tries the last one counts.")
                .Block("map $upstream_addr $lab_upstream_socket", block => block.Line("\"~(?<lab_socket>unix:[^, ]+)$\" $lab_socket;"))
                .Block(
                    "map $lab_upstream_socket $lab_worker",
                    block => block.Lines(processes.Select(process => $"unix:{process.HttpSocket} {process.Id};")));
        }

        http
            .Block("map $proxy_host $lab_affinity", block => block.Line("default none;").Lines(map.Homeservers
                .SelectMany(routes => routes.Pools)
                .Where(pool => pool.Affinity != Affinity.None)
                .Select(pool => $"{pool.Name} {pool.Affinity.ToWord()};")))
            .Block("map $http_x_request_id $lab_request_id", block => block
                .Line("default $http_x_request_id;")
                .Comment(
                    "Unique like $request_id, without the random bytes: those cost a twentieth of all that the proxy does for a request.",
                    "Connections are counted over all of nginx's processes, and the time, which lies ready as text, sets restarts apart.")
                .Line("\"\" $connection-$connection_requests-$time_iso8601;"))
            .Line()
            .Comment("2026-11-21T06:18:00.123Z out of 2026-11-21T06:18:00+00:00 and 1795241880.123; containers run in UTC.")
            .Block(
                "map $time_iso8601/$msec $lab_time",
                block => block.Line("\"~^(?<lab_seconds>[^+]+)\\+.*\\.(?<lab_millis>[0-9]+)$\" \"${lab_seconds}.${lab_millis}Z\";"))
            .Comment("Of several tries the last one counts: \"0.001, 0.020\".")
            .Block(
                "map $upstream_response_time $lab_upstream_duration",
                block => block.Line("default null;").Line("\"~(?<lab_last_time>[0-9.]+)$\" $lab_last_time;"))
            .Comment(
                "A token in a query does not belong into a log. Synapse decodes names: of a query with several tokens, or one in",
                "another spelling, only the path is kept.")
            .Block("map $request_uri $lab_uri", block => block
                .Line("default (unreadable);")
                .Line($"\"~*^(?![^?]*\\?.*{TokenInQuery.AnySpelling})\" $request_uri;")
                .Line($"\"~*^(?!.*{TokenInQuery.AnySpelling}.*{TokenInQuery.AnySpelling})(?<lab_before>[^?]*\\?.*access_token=)[^&]*(?<lab_after>.*)$\" \"${{lab_before}}redacted${{lab_after}}\";")
                .Line($"\"~^(?<lab_logged_path>[^?]*)\\?\" \"${{lab_logged_path}}{TokenInQuery.Redacted}\";"))
            .Line()
            .Comment("A format for each listener: what is the same in all of its lines is written down, not looked up for each request.");
        foreach (var homeserver in map.Homeservers.Select(routes => routes.Homeserver))
        {
            WriteFormat(http, homeserver, "client");
            WriteFormat(http, homeserver, "federation");
        }

        http.Line();
    }

    // $proxy_host is the upstream that proxy_pass was given, and empty where nginx answered itself.
    private static void WriteFormat(ConfigText http, Homeserver homeserver, string listener) => http
        .Section($"log_format {LogFormat(homeserver, listener)} escape=json '{{'", format => format
            .Line($"'\"time\":\"$lab_time\",\"request_id\":\"$lab_request_id\",\"homeserver\":\"{homeserver.Key}\",\"listener\":\"{listener}\",'")
            .Line("'\"remote\":\"$remote_addr\",\"method\":\"$request_method\",\"uri\":\"$lab_uri\",\"status\":$status,'")
            .Line("'\"worker\":\"$lab_worker\",\"pool\":\"$proxy_host\",\"affinity\":\"$lab_affinity\",\"bytes\":$bytes_sent,'")
            .Line("'\"duration\":$request_time,\"upstream_duration\":$lab_upstream_duration,\"user_agent\":\"$http_user_agent\"'")
            .Line("'}';"));

    private static string LogFormat(Homeserver homeserver, string listener) => $"{homeserver.Key}_{listener}";

    private static void WriteUpstreams(ConfigText http, RouteMap map)
    {
        http.Comment("max_fails=0: a worker that restarts is back at once, instead of after ten seconds.");
        foreach (var pool in map.Homeservers.SelectMany(routes => routes.Pools))
        {
            http.Block($"upstream {pool.Name}", upstream =>
            {
                upstream.Line($"zone {pool.Name} 128k;");
                if (pool.Affinity != Affinity.None && pool.Members.Count > 1)
                {
                    upstream.Line($"hash {NginxRoutes.KeyVariable(pool.Affinity)} consistent;");
                }

                upstream
                    .Lines(pool.Members.Select(process => process.HttpSocket is { } socket ? $"server unix:{socket} max_fails=0;" : $"server {process.Host}:{process.HttpPort} resolve max_fails=0;"))
                    .Line("keepalive 64;")
                    .Line("keepalive_requests 100000;");
            });
        }

        http.Line();
    }

    private static void WriteServers(ConfigText http, RouteMap map, int index)
    {
        var homeserver = map.Homeservers[index].Homeserver;
        http.Comment($"{homeserver.ServerName}: clients.")
            .Block("server", server =>
            {
                server.Line($"listen {LabPaths.ClientPort + index};")
                    .Line($"access_log /dev/stdout {LogFormat(homeserver, "client")};");
                NginxRoutes.WriteShelf(server, map.Homeservers[index]);
                server.Line()
                    .Comment("Decoded and normalised by nginx before it compares, so no spelling of these paths gets through. ^~: what is of Matrix", "is not compared with them; without a slash at its end, which nginx would send a redirect for.")
                    .Block("location ^~ /_matrix", location => Pass(location, map, index))
                    .Block("location ~* ^/_synapse/(?:replication|metrics)", Refuse)
                    .Block("location /", location => Pass(location, map, index));
            })
            .Line()
            .Comment($"{homeserver.ServerName}: other homeservers. They look at port 443 for .well-known first.")
            .Block("server", server =>
            {
                var ports = index == 0
                    ? [LabPaths.FederationPort, 443]
                    : new[] { LabPaths.FederationPort, LabPaths.FederationPort + index, 443 };
                server.Lines(ports.Select(port => $"listen {port} ssl;"))
                    .Line($"server_name {homeserver.ServerName};")
                    .Line($"ssl_certificate {LabPaths.ProxyConfig}/certs/{homeserver.ServerName}.crt;")
                    .Line($"ssl_certificate_key {LabPaths.ProxyConfig}/certs/{homeserver.ServerName}.key;")
                    .Line("ssl_session_cache shared:tls:1m;")
                    .Line($"access_log /dev/stdout {LogFormat(homeserver, "federation")};");
                NginxRoutes.WriteShelf(server, map.Homeservers[index]);
                server.Line()
                    .Block(
                        "location = /.well-known/matrix/server",
                        location => location.Line($"return 200 '{{\"m.server\": \"{homeserver.ServerName}:{LabPaths.FederationPort}\"}}';"))
                    .Comment("An expression: for a prefix that ends in a slash nginx redirects the path without it.")
                    .Block("location ~ ^/_matrix/(?:federation|key)/", location => Pass(location, map, index))
                    .Block("location /", location => location.Line("return 404 '{\"errcode\": \"M_UNRECOGNIZED\", \"error\": \"Not a federation request\"}';"));
            })
            .Line();
    }

    private static void Pass(ConfigText location, RouteMap map, int index)
    {
        location.Comment("No URI here: the request goes on as it came, and signatures of other servers hold.");
        NginxRoutes.WritePass(location, map, map.Homeservers[index]);
        location.Line($"add_header {ProxyHeaders.Worker} $lab_worker always;");
    }

    private static void Refuse(ConfigText location) =>
        location.Line("return 403 '{\"errcode\": \"M_FORBIDDEN\", \"error\": \"Not reachable through the proxy\"}';");

    private static void WriteOperator(ConfigText http, IReadOnlyList<Homeserver> homeservers)
    {
        var processes = homeservers.SelectMany(homeserver => homeserver.Processes).ToArray();
        http.Comment(
            "The operator's listener: health and metrics of each process. Never published but on loopback; replication is not here either.")
            .Block("map $lab_process $lab_health_address", block => block.Lines(processes.Select(process => process.HttpSocket is { } socket ? $"{process.Id} unix:{socket}:;" : $"{process.Id} {process.Host}:{process.HttpPort};")))
            .Block(
                "map $lab_process $lab_metrics_address",
                block => block.Lines(processes.Select(process => $"{process.Id} {process.Host}:{process.MetricsPort};")))
            .Block("server", server => server
                .Line($"listen {LabPaths.OperatorPort};")
                .Line("access_log off;")
                .Line("proxy_connect_timeout 1s;")
                .Line("proxy_read_timeout 10s;")
                .Line("default_type text/plain;")
                .Block("location = /health", location => location.Line("return 200 \"OK\\n\";"))
                .Block("location ~ ^/health/(?<lab_process>[A-Za-z0-9_.-]+)$", location => location
                    .Line("if ($lab_health_address = \"\") { return 404 \"no such process\\n\"; }")
                    .Line("proxy_pass http://$lab_health_address/health;"))
                .Block("location ~ ^/metrics/(?<lab_process>[A-Za-z0-9_.-]+)$", location => location
                    .Line("if ($lab_metrics_address = \"\") { return 404 \"no such process\\n\"; }")
                    .Line("proxy_pass http://$lab_metrics_address/_synapse/metrics;"))
                .Block("location /", location => location.Line("return 404 \"/health/PROCESS or /metrics/PROCESS\\n\";")));
    }
}
