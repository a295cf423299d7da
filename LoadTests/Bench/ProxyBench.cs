using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Numbers;
using SynapseLab.Plans;
using SynapseLab.Proxies;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Bench;

/// <summary>
/// What the catalogue costs nginx: the configuration that the lab renders against a bare proxy_pass, to the same upstream, in turns.
/// The proxy has a core for itself; the upstream, which gives a fixed reply, and wrk share another. Beside the requests per second, which
/// anything else that runs on the machine disturbs, the proxy's CPU per request is read, which it hardly disturbs: a proxy that has a
/// core for itself does as many requests per second as the CPU of one goes into a second.
/// </summary>
/// <param name="engine">Runs the proxies, and reads their CPU.</param>
/// <param name="waiter">Waits for each nginx.</param>
public sealed partial class ProxyBench(IContainerEngine engine, Waiter waiter)
{
    /// <summary>Requests per second with the catalogue over those with a bare proxy_pass, at least.</summary>
    public const double LeastShare = 0.85;

    /// <summary>What is on either side, and what the mean is of: printed below the figures.</summary>
    public const string Sides =
        "bare: proxy_pass to one upstream, HTTP/1.1, client's Host, nginx's defaults. "
        + "catalogue: the configuration as rendered, with its headers and hashing.\n"
        + "Both: one nginx process with a core for itself, 64 connections of clients, "
        + "keepalive 64 to the same upstream, which answers at once; no access log.\n"
        + "\"with logs\": bare with nginx's combined log, the catalogue with its JSON line, both to /dev/null. "
        + "The mean takes all paths, GET, as equally frequent.";

    private const int Connections = 64;
    private const int ProxyCore = 0;
    private const int OtherCore = 1;
    private const string Token = "Authorization: Bearer syt_bG9hZDE_abcdefghijklmnopqrst_012345";

    // One of each kind of way through the catalogue: by user, by room, by source, main only, and what it does not know.
    private static readonly string[] Paths =
    [
        "/_matrix/client/v3/sync?since=s1_2_3&timeout=0",
        "/_matrix/client/v3/rooms/%21abcdefghijklmnop%3Ahs1.test/messages?dir=b",
        "/_matrix/client/versions",
        "/_matrix/client/v3/account/whoami",
        "/_matrix/client/v3/unheard_of",
    ];

    /// <summary>Measures.</summary>
    /// <param name="topology">Whose configuration.</param>
    /// <param name="images">nginx's image.</param>
    /// <param name="rounds">How many turns; medians are taken.</param>
    /// <param name="duration">How long one measurement is.</param>
    /// <param name="progress">Told what is measured.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LabException">A program is missing, or the topology has another proxy (exit code 2); nginx did not start (exit code
    /// 1).</exception>
    public async Task<ProxyBenchResult> RunAsync(
        Topology topology, ImageSet images, int rounds, TimeSpan duration, IProgress<string> progress, CancellationToken cancellationToken)
    {
        BenchTool.Find("wrk", "wrk");
        BenchTool.Find("docker", "docker.io");
        if (topology.Proxy.Kind != "nginx")
        {
            throw LabException.WrongUse($"topology {topology.Name} has {topology.Proxy.Kind} for a proxy, and this bench is of nginx");
        }

        var folder = Directory.CreateTempSubdirectory("lab-bench-").FullName;
        try
        {
            // Everybody may read it: the programs in the containers drop to users of their own.
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
            var processes = new Dictionary<int, int>();
            var rendered = Rendered(topology, images, folder, processes);
            var bareLogged = Bare(processes.Values.First(), logged: true);
            var variants = new Dictionary<string, (string Text, int Port)>
            {
                ["bare"] = Placed(Bare(processes.Values.First(), logged: false)),
                ["catalogue"] = Placed(LogLine().Replace(rendered, "access_log off;")),
                ["bare, its log on"] = Placed(bareLogged),
                ["catalogue, its log on"] = Placed(LogLine().Replace(rendered, "access_log /dev/null $1;")),
            };

            var (fixedReply, first) = (BenchNginx.FixedReply("/tmp", processes.Values), processes.Values.First());
            await using var upstream = await StartAsync(folder, "upstream", fixedReply, first, OtherCore, images, cancellationToken);
            var proxies = new Dictionary<string, BenchNginx>();
            var measured = Paths.SelectMany(path => variants.Keys.Select(variant => (path, variant)))
                .ToDictionary(key => key, _ => new List<ProxyMeasurement>());
            try
            {
                foreach (var (variant, (text, port)) in variants)
                {
                    var name = Invariant($"proxy-{proxies.Count}");
                    proxies[variant] = await StartAsync(folder, name, text, port, ProxyCore, images, cancellationToken);
                }

                for (var round = 1; round <= rounds; round++)
                {
                    // The variants right after each other on each path: what disturbs, disturbs them alike. An idle nginx does not wake up.
                    foreach (var (path, variant) in measured.Keys)
                    {
                        progress.Report($"round {round} of {rounds}: {variant} {path}");
                        var url = new Uri($"http://127.0.0.1:{variants[variant].Port}{path}");
                        measured[(path, variant)].Add(await MeasureAsync(proxies[variant], url, duration, cancellationToken));
                    }
                }
            }
            finally
            {
                foreach (var proxy in proxies.Values)
                {
                    await proxy.DisposeAsync();
                }
            }

            return new ProxyBenchResult(
                topology.Name,
                [.. Paths.Select(path => new ProxyBenchPath(
                    path,
                    ProxyPair.Of(measured[(path, "bare")], measured[(path, "catalogue")]),
                    ProxyPair.Of(measured[(path, "bare, its log on")], measured[(path, "catalogue, its log on")])))]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<ProxyMeasurement> MeasureAsync(BenchNginx proxy, Uri url, TimeSpan duration, CancellationToken cancellationToken)
    {
        var before = await engine.UsageAsync(proxy.Container, cancellationToken);
        var wrk = await Wrk.RunAsync(url, Connections, duration, OtherCore, null, cancellationToken, Token);
        var after = await engine.UsageAsync(proxy.Container, cancellationToken);
        if (wrk.Errors > 0 || wrk.Requests == 0 || before is null || after is null)
        {
            throw LabException.Failed($"{wrk.Errors} of {wrk.Requests} requests to {url} ended with an error");
        }

        return new ProxyMeasurement(wrk.PerSecond, (after.CpuNanoseconds - before.CpuNanoseconds) / 1e3 / wrk.Requests);
    }

    private async Task<BenchNginx> StartAsync(
        string root, string name, string text, int port, int core, ImageSet images, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(root, name);
        Directory.CreateDirectory(folder);
        var configuration = text.Replace("$FOLDER", root, StringComparison.Ordinal);
        return await BenchNginx.StartAsync(folder, configuration, port, core, images.Nginx, engine, waiter, cancellationToken);
    }

    /// <summary>The lab's own configuration, with every process on loopback at a port that is free here.</summary>
    private static string Rendered(Topology topology, ImageSet images, string folder, Dictionary<int, int> processes)
    {
        var homeservers = DeploymentBuilder.Build(topology, new DeploymentInputs { Images = images }).Homeservers
            .Select(homeserver => homeserver with { Processes = [.. homeserver.Processes.Select(OnLoopback)] })
            .ToArray();
        WriteCertificates(Path.Combine(folder, "certs"), homeservers.Select(homeserver => homeserver.ServerName));
        return ProxyRenderers.For("nginx").Render(homeservers, topology.Proxy).Single(file => file.Path == "proxy/nginx.conf").Contents
            .Replace(LabPaths.ProxyConfig, "$FOLDER", StringComparison.Ordinal)
            .Replace("worker_processes 2;", "worker_processes 1;", StringComparison.Ordinal);

        SynapseProcess OnLoopback(SynapseProcess process) =>
            process with { Host = "127.0.0.1", HttpPort = processes[process.HttpPort] = LoopbackPort.AnyFree() };
    }

    /// <summary>What somebody writes who wants no routing: everything to one upstream, with the same keep-alive.</summary>
    private static string Bare(int upstream, bool logged) => $$"""
        worker_processes 1;
        error_log stderr warn;
        pid /tmp/nginx.pid;
        events { worker_connections 4096; }
        http {
            access_log {{(logged ? "/dev/null combined" : "off")}};
            keepalive_requests 100000;
            upstream synapse { server 127.0.0.1:{{upstream}}; keepalive 64; keepalive_requests 100000; }
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy;
            fastcgi_temp_path /tmp/fastcgi; uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
            server {
                listen 8008;
                location / { proxy_pass http://synapse; }
            }
        }

        """;

    /// <summary>Moves every listener to a port that is free here.</summary>
    /// <returns>The configuration, and where 8008 went.</returns>
    private static (string Text, int Port) Placed(string configuration)
    {
        var ports = new Dictionary<string, int>();
        var text = ListenLine().Replace(configuration, match =>
        {
            if (!ports.TryGetValue(match.Groups[1].Value, out var port))
            {
                ports[match.Groups[1].Value] = port = LoopbackPort.AnyFree();
            }

            return Invariant($"listen 127.0.0.1:{port}{match.Groups[2].Value};");
        });
        return (text, ports[LabPaths.ClientPort.ToString(CultureInfo.InvariantCulture)]);
    }

    private static void WriteCertificates(string folder, IEnumerable<string> serverNames)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in serverNames)
        {
            // Nothing of the bench goes over TLS; nginx wants the files to be there.
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var now = DateTimeOffset.UnixEpoch.AddYears(50);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            using var certificate = request.CreateSelfSigned(now, now.AddYears(100));
            File.WriteAllText(Path.Combine(folder, name + ".crt"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(folder, name + ".key"), key.ExportPkcs8PrivateKeyPem());
        }
    }

    [GeneratedRegex(@"access_log /dev/stdout (\w+);")]
    private static partial Regex LogLine();

    [GeneratedRegex(@"listen (\d+)((?: ssl)?);")]
    private static partial Regex ListenLine();
}

/// <summary>One run of wrk through a proxy.</summary>
/// <param name="PerSecond">Requests per second.</param>
/// <param name="CpuMicroseconds">The proxy's CPU per request.</param>
public sealed record ProxyMeasurement(double PerSecond, double CpuMicroseconds);

/// <summary>What the bench of the proxy gave.</summary>
/// <param name="Topology">Whose configuration.</param>
/// <param name="Paths">By path.</param>
public sealed record ProxyBenchResult(string Topology, IReadOnlyList<ProxyBenchPath> Paths)
{
    /// <summary>Mean share of a bare proxy's requests per second, without logs: the cost of routing alone.</summary>
    public double Share => Paths.Average(path => path.Routing.Share);

    /// <summary>The same by the proxy's CPU per request.</summary>
    public double ShareByCpu => Paths.Average(path => path.Routing.ShareByCpu);

    /// <summary>By CPU, with the logs on: the lab's has more in it than nginx's usual one.</summary>
    public double ShareLoggedByCpu => Paths.Average(path => path.Logged.ShareByCpu);

    /// <summary>What misses <see cref="ProxyBench.LeastShare"/>, a sentence each; empty: nothing. Both ways of measuring have to
    /// agree that it is met.</summary>
    public IReadOnlyList<string> Misses()
    {
        var (misses, wanted) = (new List<string>(), Invariant($"at least {ProxyBench.LeastShare} are wanted"));
        if (Share < ProxyBench.LeastShare)
        {
            misses.Add(Invariant($"the catalogue carries {Share:0.00} of a bare proxy's requests per second, {wanted}"));
        }

        if (ShareByCpu < ProxyBench.LeastShare)
        {
            misses.Add(Invariant($"by CPU per request the catalogue carries {ShareByCpu:0.00} of a bare proxy, {wanted}"));
        }

        return misses;
    }

    /// <summary>As the file has it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, BenchJson.Default.ProxyBenchResult) + "\n";
}

/// <summary>What one path gave.</summary>
/// <param name="Path">The path.</param>
/// <param name="Routing">Without logs.</param>
/// <param name="Logged">Bare proxy_pass with nginx's combined log, the catalogue with the lab's.</param>
public sealed record ProxyBenchPath(string Path, ProxyPair Routing, ProxyPair Logged);

/// <summary>Bare against catalogue: medians of the rounds. The shares are medians of each round's share, since a round's runs lie close
/// together in time.</summary>
/// <param name="Bare">Bare proxy_pass.</param>
/// <param name="Catalogue">The whole catalogue.</param>
/// <param name="Share">Catalogue over bare, requests per second.</param>
/// <param name="ShareByCpu">Bare over catalogue, CPU per request.</param>
public sealed record ProxyPair(ProxyMeasurement Bare, ProxyMeasurement Catalogue, double Share, double ShareByCpu)
{
    /// <summary>Sums rounds up.</summary>
    /// <param name="bare">One for each round.</param>
    /// <param name="catalogue">One for each round.</param>
    public static ProxyPair Of(IReadOnlyList<ProxyMeasurement> bare, IReadOnlyList<ProxyMeasurement> catalogue)
    {
        var rounds = bare.Zip(catalogue).ToArray();
        return new ProxyPair(
            new ProxyMeasurement(Median(bare.Select(one => one.PerSecond)), Median(bare.Select(one => one.CpuMicroseconds))),
            new ProxyMeasurement(Median(catalogue.Select(one => one.PerSecond)), Median(catalogue.Select(one => one.CpuMicroseconds))),
            Median(rounds.Select(round => round.Second.PerSecond / round.First.PerSecond)),
            Median(rounds.Select(round => round.First.CpuMicroseconds / round.Second.CpuMicroseconds)));
    }

    private static double Median(IEnumerable<double> values) => Math.Round(values.Median(), 3);
}
