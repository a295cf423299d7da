using System.Text.RegularExpressions;
using SynapseLab.Catalogue;
using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Routing;
using SynapseLab.Routing.Rings;
using SynapseLab.Topologies;

namespace SynapseLab.Proxies;

/// <summary>
/// HAProxy 3.0 or later. One frontend takes the requests of all homeservers; map files beside the configuration lead from
/// method and undecoded path to a route, and from homeserver and route to a backend.
/// </summary>
internal sealed class HaproxyRenderer : IProxyRenderer
{
    private const string FederationPaths = "path_beg /_matrix/federation/ /_matrix/key/";

    // 16 KiB less the method and version around it: "OPTIONS " and " HTTP/1.1".
    private const int LongestTarget = 16384 - 24;

    /// <inheritdoc/>
    public string Kind => "haproxy";

    /// <inheritdoc/>
    public IReadOnlyList<string> Command { get; } = ["haproxy", "-f", $"{LabPaths.ProxyConfig}/haproxy.cfg"];

    /// <inheritdoc/>
    public string ImageOf(ImageSet images) => images.Haproxy;

    /// <inheritdoc/>
    public IReadOnlyList<LabFile> Render(IReadOnlyList<Homeserver> homeservers, ProxyTopology proxy)
    {
        var map = RouteMap.Build(homeservers, proxy);
        var table = RouteTable.Of(map);
        var families = FamiliesOf(table);
        var text = new ConfigText();
        text.Comment(
            "Made by the Synapse worker lab from the topology and its endpoint catalogue.",
            "A request's route stands in routes-*.map (method and undecoded path), its backend in pools.map (homeserver and route).");
        text.Line();
        WriteBasics(text);
        WriteFrontend(text, map, table, families);
        foreach (var pool in map.Homeservers.SelectMany(routes => routes.Pools))
        {
            WriteBackend(text, pool);
        }

        WriteOperator(text, homeservers);
        var files = new List<LabFile>
        {
            new("proxy/haproxy.cfg", text.ToString()),
            MapFile("listeners", "Port and homeserver.", map.Homeservers.SelectMany((routes, index) => new[]
            {
                $"{LabPaths.ClientPort + index} {routes.Homeserver.Key}",
                $"{LabPaths.FederationPort + index} {routes.Homeserver.Key}",
            })),
            MapFile(
                "names",
                "Server name in a TLS greeting and homeserver.",
                homeservers.Select(homeserver => $"{homeserver.ServerName} {homeserver.Key}")),
            MapFile(
                "server-names",
                "Homeserver and server name.",
                homeservers.Select(homeserver => $"{homeserver.Key} {homeserver.ServerName}")),
            MapFile("operator", "Path of the operator's listener and backend.", homeservers.SelectMany(homeserver => homeserver.Processes)
                .SelectMany(process => new[] { $"/health/{process.Id} health_{process.Id}", $"/metrics/{process.Id} metrics_{process.Id}" })),
            MapFile("pools", "Homeserver, route, and the backend; everything else is main's.", map.Homeservers.SelectMany(routes => table.Routes
                .Where(route => routes.PoolOf(route) != routes.Main)
                .Select(route => $"{routes.Homeserver.Key}/{route.Name} {routes.PoolOf(route).Name}"))),
            MapFile("affinities", "Backend and what chooses among its servers.", map.Homeservers.SelectMany(routes => routes.Pools)
                .Select(pool => $"{pool.Name} {pool.Affinity.ToWord()}")),
            MapFile("room", "The room of a decoded path; version 12 IDs have no domain.", [$"{Numbered(AffinityKey.RoomPattern)} \\1"]),
            MapFile("origin", "The sending homeserver of an Authorization header.", [$"{Numbered(AffinityKey.OriginPattern)} \\1"]),
        };
        files.AddRange(families.Select(family => MapFile($"routes-{family.Name}", "Method and path, and the route.", family.Lines)));
        return [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    private static void WriteBasics(ConfigText text)
    {
        text.Section("global", section => section
                .Comment("A line of the log holds the whole target; cut after the ordinary 1024 bytes it would be no JSON.")
                .Line("log stdout len 65535 format raw local0 info")
                .Line("maxconn 8192")
                .Comment("Of two threads that log at the same moment one may give up and drop its line (fd_write_frag_line, src/fd.c), which the evidence needs.")
                .Line("nbthread 1")
                .Comment(
                    "The head of a request has to fit, less tune.maxrewrite: a sync can carry its whole filter in the query. Synapse takes",
                    "lines of 16 KiB (twisted.protocols.basic).")
                .Line("tune.bufsize 32768")
                .Comment("Certificates lie as NAME.crt with NAME.key beside it.")
                .Line("ssl-load-extra-files key")
                .Line("ssl-load-extra-del-ext"))
            .Line()
            .Comment(
                "The engine's own name server: a worker that restarts or moves is found again, one that is down at the start does no harm.")
            .Section("resolvers engine", section => section
                .Line("nameserver engine 127.0.0.11:53")
                .Line("timeout resolve 500ms")
                .Line("timeout retry 500ms")
                .Line("hold valid 500ms")
                .Line("hold nx 0s")
                .Line("hold other 0s")
                .Line("hold refused 0s"))
            .Line()
            .Section("defaults", section => section
                .Line("mode http")
                .Line("timeout connect 2s")
                .Line("timeout http-request 30s")
                .Comment("A long poll may take as long as its client asks for.")
                .Line("timeout client 600s")
                .Line("timeout server 600s")
                .Comment("A worker that refuses the connection: the next one takes the request.")
                .Line("retries 3")
                .Line("option redispatch 1")
                .Line("retry-on conn-failure empty-response")
                .Line("http-reuse safe")
                .Line("default-server resolvers engine init-addr none"))
            .Line();
    }

    private static void WriteFrontend(ConfigText text, RouteMap map, RouteTable table, IReadOnlyList<Family> families)
    {
        var certificates = string.Join(
            ' ', map.Homeservers.Select(routes => $"crt {LabPaths.ProxyConfig}/certs/{routes.Homeserver.ServerName}.crt"));
        text.Section("frontend lab", section =>
        {
            for (var index = 0; index < map.Homeservers.Count; index++)
            {
                section.Line($"bind :{LabPaths.ClientPort + index}");
            }

            for (var index = 0; index < map.Homeservers.Count; index++)
            {
                section.Line($"bind :{LabPaths.FederationPort + index} ssl {certificates}");
            }

            section.Line($"bind :443 ssl {certificates}")
                .Line()
                .Comment("The homeserver: by name where the client greets with one, else by port.")
                .Line($"http-request set-var(txn.homeserver) {Lookup("dst_port", "listeners", "int", map.Homeservers[0].Homeserver.Key)}")
                .Line($"http-request set-var(txn.homeserver) {Lookup("ssl_fc_sni", "names", "str")} if {{ {Lookup("ssl_fc_sni", "names", "str")} -m found }}")
                .Line($"http-request set-var(txn.pool) var(txn.homeserver),concat(_main)")
                .Line("http-request set-var(txn.affinity) str(none)")
                .Line("http-request set-var(txn.listener) str(client)")
                .Line("http-request set-var(txn.listener) str(federation) if { ssl_fc }")
                .Line()
                .Comment("Only this machine reaches the published ports, so a client may say which address it plays.")
                .Line($"http-request set-src req.hdr_ip(x-forwarded-for,-1) if {{ src {string.Join(' ', TrustedNetworks.All)} }} {{ req.hdr(x-forwarded-for) -m found }}")
                .Line("http-request set-header X-Forwarded-For %[src]")
                .Line("http-request set-header X-Forwarded-Proto https if { ssl_fc }")
                .Line("http-request set-header X-Forwarded-Proto http unless { ssl_fc }")
                .Line("http-request set-header X-Request-ID %[uuid] unless { req.hdr(x-request-id) -m found }")
                .Line("http-request set-var(txn.request_id) req.hdr(x-request-id)")
                .Line("http-request set-var(txn.user_agent) req.fhdr(user-agent)")
                .Comment(
                    "A token in a query does not belong into a log. Synapse decodes names: of a query with several tokens, or one in",
                    "another spelling, only the path is kept.")
                .Line("http-request set-var(txn.uri) 'pathq,regsub(\"access_token=[^&]*\",access_token=redacted,gi)'")
                .Line($"acl unusual_token query -m reg -i (?!access_token=){TokenInQuery.AnySpelling}")
                .Line($"acl unusual_token query -m reg -i {TokenInQuery.AnySpelling}.*{TokenInQuery.AnySpelling}")
                .Line($"http-request set-var(txn.uri) path,concat({TokenInQuery.Redacted}) if unusual_token")
                .Comment("A POST that a worker may have begun is not sent to another one.")
                .Line("http-request disable-l7-retry if METH_POST")
                .Line()
                .Comment("In any spelling: Twisted decodes the parts of a path.")
                .Line("acl refused path,url_dec -m reg -i /_synapse/+(replication|metrics)")
                .Line("http-request unset-var(txn.pool) if refused")
                .Comment("Synapse closes the connection on a longer line, without a word.")
                .Line($"acl too_long pathq -m len gt {LongestTarget}")
                .Line("http-request unset-var(txn.pool) if too_long")
                .Line($"http-request return status 414 content-type application/json string '{Error("M_TOO_LARGE", "The request line is too long")}' if too_long")
                .Line($"acl federation {FederationPaths}")
                .Line("acl climbing path,url_dec -m reg /[.][.]?(/|$)")
                .Line("http-request unset-var(txn.pool) if { ssl_fc } { path /.well-known/matrix/server }")
                .Line("http-request unset-var(txn.pool) if { ssl_fc } !federation")
                .Line("http-request unset-var(txn.pool) if { ssl_fc } climbing")
                .Line($"http-request return status 403 content-type application/json string '{Error("M_FORBIDDEN", "Not reachable through the proxy")}' if refused")
                .Line($"http-request return status 200 content-type application/json lf-string '{{\"m.server\": \"%[{Lookup("var(txn.homeserver)", "server-names", "str")}]:{LabPaths.FederationPort}\"}}' if {{ ssl_fc }} {{ path /.well-known/matrix/server }}")
                .Line($"http-request return status 404 content-type application/json string '{Error("M_UNRECOGNIZED", "Not a federation request")}' if {{ ssl_fc }} !federation or {{ ssl_fc }} climbing");
            WriteRoutes(section, table, families);
            WriteKeys(section);
            section.Line()
                .Line($"http-request set-var(txn.affinity) {Lookup("var(txn.pool)", "affinities", "str")}")
                .Line("use_backend %[var(txn.pool)]")
                .Line("http-response set-var(txn.worker) srv_name")
                .Line($"http-response set-header {ProxyHeaders.Worker} %[var(txn.worker)]")
                .Line()
                .Line("log global")
                .Line(LogFormat);
        }).Line();
    }

    // Numbers of milliseconds become seconds by their exponent: 12.0e-3; -1.0e-3 where nothing answered.
    private const string LogFormat =
        "log-format '{\"time\":\"%[date(0,ms),ms_utime(%Y-%m-%dT%H:%M:%S.%3NZ)]\",\"request_id\":\"%[var(txn.request_id),json(utf8s)]\",\"homeserver\":\"%[var(txn.homeserver)]\",\"listener\":\"%[var(txn.listener)]\","
        + "\"remote\":\"%[src]\",\"method\":\"%[capture.req.method,json(utf8s)]\",\"uri\":\"%[var(txn.uri),json(utf8s)]\",\"status\":%ST,"
        + "\"worker\":\"%[var(txn.worker)]\",\"pool\":\"%[var(txn.pool)]\",\"affinity\":\"%[var(txn.affinity)]\",\"bytes\":%B,"
        + "\"duration\":%Ta.0e-3,\"upstream_duration\":%Tr.0e-3,\"user_agent\":\"%[var(txn.user_agent),json(utf8s)]\"}'";

    private static void WriteRoutes(ConfigText section, RouteTable table, IReadOnlyList<Family> families)
    {
        if (table.Routes.Count == 0)
        {
            return;
        }

        section.Line()
            .Comment("The route. HEAD goes where GET goes.")
            .Line("http-request set-var-fmt(txn.line) \"%[method]%[path]\"")
            .Line("http-request set-var-fmt(txn.line) \"GET%[path]\" if METH_HEAD");
        foreach (var family in families)
        {
            var lookup = Lookup("var(txn.line)", $"routes-{family.Name}", "reg");
            section.Line($"http-request set-var(txn.route) {lookup}{(family.Condition is null ? "" : $" if {{ path -m reg {family.Condition} }} !{{ var(txn.route) -m found }}")}");
        }

        foreach (var cases in table.Cases)
        {
            var isCases = $"{{ var(txn.route) -m str {cases.Name} }}";
            foreach (var (condition, route) in cases.Conditions)
            {
                var holds = condition.Value is null
                    ? $"!{{ url_param({condition.Name}) -m len ge 1 }}"
                    : $"{{ url_param({condition.Name}) -m str {condition.Value} }}";
                section.Line($"http-request set-var(txn.route) str({route}) if {isCases} {holds}");
            }

            section.Line($"http-request set-var(txn.route) str({cases.Otherwise}) if {isCases}");
        }

        var pool = Lookup("var(txn.homeserver),concat(/,txn.route)", "pools", "str");
        section.Line($"http-request set-var(txn.pool) {pool} if {{ {pool} -m found }}");
    }

    private static void WriteKeys(ConfigText section) => section.Line()
        .Comment("The user: the localpart in Synapse's own tokens, else the whole token, else the address.")
        .Line("http-request set-var(txn.user) src")
        .Line("http-request set-var(txn.user) url_param(access_token) if { url_param(access_token) -m len ge 1 }")
        .Line("http-request set-var(txn.user) req.fhdr(authorization) if { req.fhdr(authorization) -m found }")
        .Line("http-request set-var(txn.user) http_auth_bearer if { http_auth_bearer -m found }")
        .Line("http-request set-var(txn.user) var(txn.user),field(2,_) if { var(txn.user) -m reg ^syt_[^_]+_ }")
        .Line("http-request set-var(txn.room) src")
        .Line($"http-request set-var(txn.room) {Lookup("path,url_dec", "room", "regm")} if {{ {Lookup("path,url_dec", "room", "regm")} -m found }}")
        .Line("http-request set-var(txn.origin) src")
        .Line($"http-request set-var(txn.origin) {Lookup("req.fhdr(authorization)", "origin", "regm")} if {{ {Lookup("req.fhdr(authorization)", "origin", "regm")} -m found }}");

    private static void WriteBackend(ConfigText text, Pool pool) => text
        .Section($"backend {pool.Name}", section =>
        {
            section.Line(pool.Affinity switch
            {
                Affinity.User => "balance hash var(txn.user)",
                Affinity.Room => "balance hash var(txn.room)",
                Affinity.Origin => "balance hash var(txn.origin)",
                Affinity.SourceIp => "balance hash src",
                _ => "balance roundrobin",
            });
            if (pool.Affinity != Affinity.None)
            {
                section.Line("hash-type consistent");
            }

            // The identifier places a server on the ring: its port, so that adding one does not move the others.
            // The weight gives it more points there.
            section.Lines(
                pool.Members, process => $"server {process.Id} {AddressOf(process)} id {process.HttpPort} weight {HaproxyRing.Weight}");
        })
        .Line();

    private static void WriteOperator(ConfigText text, IReadOnlyList<Homeserver> homeservers)
    {
        text.Comment(
            "The operator's listener: health and metrics of each process. Never published but on loopback; replication is not here either.")
            .Section("frontend operator", section => section
                .Line($"bind :{LabPaths.OperatorPort}")
                .Line("http-request return status 200 content-type text/plain string OK if { path /health }")
                .Line($"http-request return status 404 content-type text/plain string 'no such process' unless {{ {Lookup("path", "operator", "str")} -m found }}")
                .Line($"use_backend %[{Lookup("path", "operator", "str")}]"))
            .Line();
        foreach (var process in homeservers.SelectMany(homeserver => homeserver.Processes))
        {
            WriteOperatorBackend(text, $"health_{process.Id}", "/health", AddressOf(process));
            WriteOperatorBackend(text, $"metrics_{process.Id}", "/_synapse/metrics", $"{process.Host}:{process.MetricsPort}");
        }
    }

    private static string AddressOf(SynapseProcess process) =>
        process.HttpSocket is { } socket ? $"unix@{socket}" : $"{process.Host}:{process.HttpPort}";

    private static void WriteOperatorBackend(ConfigText text, string name, string path, string address) => text
        .Section($"backend {name}", section => section
            .Line($"http-request set-path {path}")
            .Line("retries 0")
            .Line("timeout server 10s")
            .Line($"server process {address}"));

    // One file for each first word of the shelves, so that a request is compared with a third of the patterns at most.
    private static IReadOnlyList<Family> FamiliesOf(RouteTable table)
    {
        var families = new List<Family>();
        if (table.Everywhere.Count > 0)
        {
            families.Add(new Family("everywhere", null, [.. table.Everywhere.Select(Expression)]));
        }

        foreach (var family in table.Buckets.SelectMany(bucket => bucket.Patterns.Select(line => (Line: line, Area: bucket.Names[0].Split('/')[0]))).GroupBy(pair => FamilyOf(pair.Area, pair.Line)))
        {
            families.Add(new Family(
                family.Key,
                family.Key switch
                {
                    "rooms" => "^/_matrix/client/[^/]+(/v1)?/rooms/",
                    "client" => "^/_(matrix|synapse)/client/",
                    "federation" => "^/_matrix/federation/",
                    "admin" => "^/_synapse/admin/",
                    "mas" => "^/_synapse/",
                    _ => "^/_matrix/(key|media)/",
                },
                [.. family.Select(pair => Expression(pair.Line)).Distinct()]));
        }

        // The condition of "client" fits the paths of "rooms" too: the narrower family goes first.
        return [.. families.OrderBy(family => family.Name == "rooms" ? 0 : 1)];
    }

    // Patterns of rooms have a file of their own: a third of all.
    private static string FamilyOf(string area, RouteTable.Pattern line) =>
        area == "client" && Regex.IsMatch(line.Path, @"^/_matrix/client/(\(\?:[^)]*\)|[^/(]+)/rooms/") ? "rooms" : area is "key" or "media" ? "matrix" : area;

    // "PUT/_matrix/client/(?:r0|v3)/rooms/[^/]+/typing/[^/]+": a map's key has no blanks.
    private static string Expression(RouteTable.Pattern line) => $"^{line.MethodExpression}{line.PathWithoutQuery}$ {line.Target}";

    private static string Lookup(string sample, string map, string match, string? otherwise = null) =>
        $"{sample},map_{match}({LabPaths.ProxyConfig}/{map}.map{(otherwise is null ? "" : $",{otherwise}")})";

    // HAProxy takes captures by number.
    private static string Numbered(string expression) => expression
        .Replace("(?<lab_room_id>", "(", StringComparison.Ordinal)
        .Replace("(?<lab_origin_name>", "(", StringComparison.Ordinal);

    private static string Error(string code, string message) => $"{{\"errcode\": \"{code}\", \"error\": \"{message}\"}}";

    private static LabFile MapFile(string name, string comment, IEnumerable<string> lines) =>
        new($"proxy/{name}.map", string.Concat(new[] { $"# {comment}" }.Concat(lines).Select(line => line + "\n")));

    private sealed record Family(string Name, string? Condition, IReadOnlyList<string> Lines);
}
