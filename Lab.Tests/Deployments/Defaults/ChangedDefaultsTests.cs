using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SynapseLab.Deployments;
using SynapseLab.Deployments.Defaults;
using SynapseLab.Runtimes.Images;
using SynapseLab.Yaml;
using Xunit;

namespace SynapseLab.Tests.Deployments.Defaults;

/// <summary>
/// docs/defaults.md has every value that the lab changes: what is rendered for all topologies and both proxies is either in the table, with
/// the value that it says, or a name, port, path or duty.
/// </summary>
public sealed partial class ChangedDefaultsTests
{
    private const string Documentation = "docs/defaults.md";

    // What has no default that it could differ from: names, addresses, ports, paths, who does what, routes, and what a log line has in it.
    private static readonly Dictionary<string, string[]> Structure = new()
    {
        ["Synapse"] =
        [
            "server_name", "signing_key_path", "macaroon_secret_key_path", "form_secret_path", "registration_shared_secret_path",
            "worker_replication_secret_path",
            "listeners.type", "listeners.port", "listeners.path", "listeners.resources.names", "log_config", "database.name",
            "database.args.host", "database.args.dbname", "database.args.user",
            "database.args.passfile", "redis.enabled", "redis.host", "redis.path", "redis.password_path", "instance_map", "stream_writers",
            "federation_sender_instances", "pusher_instances", "outbound_federation_restricted_to",
            "run_background_tasks_on", "notify_appservices_from_worker", "update_user_directory_from_worker", "media_store_path",
            "enable_media_repo", "media_instance_running_background_jobs",
            "worker_app", "worker_name", "worker_log_config",
        ],
        ["Postgres"] = ["encoding", "locale"],
        ["Redis"] = ["requirepass", "port", "unixsocket", "unixsocketperm"],
        ["nginx"] =
        [
            "pid", "client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path", "set_real_ip_from",
            "proxy_set_header", "log_format", "access_log", "listen",
            "server_name", "ssl_certificate", "ssl_certificate_key", "if", "add_header", "proxy_pass", "return", "hash", "zone", "set",
            "set_by", "server", "resolve",
        ],
        ["HAProxy"] =
        [
            "ssl-load-extra-files", "ssl-load-extra-del-ext", "nameserver", "mode", "bind", "http-request", "http-response", "acl",
            "use_backend", "log-format", "server", "id", "weight",
            "balance", "hash-type",
        ],
    };

    [Fact]
    public void Every_value_that_is_rendered_is_in_the_table_or_has_no_default()
    {
        var told = ChangedDefaults.All.SelectMany(row => row.Settings.Select(setting => (row.Program, setting))).ToHashSet();
        Assert.Equal(told.Count, ChangedDefaults.All.Sum(row => row.Settings.Count));
        Assert.Empty(
            Rendered()
                .Where(value => !told.Contains((value.Program, value.Setting)) && !Structure[value.Program].Contains(value.Setting))
                .Select(value => $"{value.Program}: {value.Setting} {value.Value}")
                .Distinct());
    }

    [Fact]
    public void Every_row_of_the_table_is_rendered_with_the_value_that_it_says()
    {
        var rendered = Rendered().ToLookup(value => (value.Program, value.Setting), value => value.Value);
        Assert.All(ChangedDefaults.All, row => Assert.All(row.Settings, setting =>
        {
            var values = rendered[(row.Program, setting)].Distinct().ToArray();
            Assert.True(values.Length > 0, $"{row.Program}'s {setting} is in the table and in no rendered file");
            Assert.True(
                !row.IsExact || values is [var only] && only == row.Lab,
                $"{row.Program}'s {setting} is {string.Join(" and ", values)}, the table says {row.Lab}");
        }));
    }

    [Theory]
    [InlineData("synchronous_commit")]
    [InlineData("full_page_writes")]
    public void Nothing_that_a_killed_Postgres_would_lose_is_set(string setting) =>
        Assert.DoesNotContain(Rendered(), value => value.Setting == setting);

    [Fact]
    public void Synapse_s_own_defaults_hold_for_presence_and_for_syncs_that_are_repeated() =>
        Assert.DoesNotContain(
            Rendered().Where(value => value.Program == "Synapse"),
            value => value.Setting.StartsWith("presence", StringComparison.Ordinal)
                || value.Setting.StartsWith("caches", StringComparison.Ordinal));

    [Fact]
    public void The_documentation_is_what_the_table_says()
    {
        var text = File.ReadAllText(Path.Combine(KnownTopologies.Root, Documentation));
        Assert.Matches(Generated(), text);
        Snapshot.MatchRepositoryFile(
            Generated().Replace(text, match => match.Groups[1].Value + Markdown() + match.Groups[2].Value),
            Documentation);
    }

    private static string Markdown()
    {
        var text = new StringBuilder();
        foreach (var program in ChangedDefaults.All.GroupBy(row => row.Program))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"## {program.Key}\n\n| setting | default | lab | why | what it changes for a fault or a measurement |\n"
                    + $"|---|---|---|---|---|\n");
            foreach (var row in program)
            {
                var lab = row.IsExact ? $"`{row.Lab}`" : row.Lab;
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {string.Join(", ", row.Settings.Select(setting => $"`{setting}`"))} | {row.Default} | {lab} | {row.Why} | "
                        + $"{row.Changes} |\n");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<(string Program, string Setting, string Value)> Rendered() =>
        KnownTopologies.Library.Names.SelectMany(name => new[] { "nginx", "haproxy" }.SelectMany(proxy =>
        {
            var topology = KnownTopologies.Library.Load(name);
            return Of(DeploymentBuilder.Build(topology with { Proxy = topology.Proxy with { Kind = proxy } }, new DeploymentInputs()));
        })).Concat(InitDb(PreparedDatabase.InitDbArguments));

    private static IEnumerable<(string Program, string Setting, string Value)> Of(Deployment deployment)
    {
        var postgres = deployment.Containers.Single(container => container.Kind == ContainerKind.Postgres);
        // --fsync=off
        var values = postgres.Command.Skip(1).Select(argument => argument[2..].Split('=', 2)).Select(pair => ("Postgres", pair[0], pair[1]))
            .Concat(InitDb(postgres.Environment["POSTGRES_INITDB_ARGS"]));
        return values.Concat(deployment.Files.SelectMany(file => file.Path switch
        {
            "redis/start.sh" => Redis(file.Contents),
            "proxy/nginx.conf" => Nginx(file.Contents),
            "proxy/haproxy.cfg" => Haproxy(file.Contents),
            _ when file.Path.EndsWith("/homeserver.yaml", StringComparison.Ordinal)
                || file.Path.Contains("/workers/", StringComparison.Ordinal) => Synapse(file.Contents),
            _ => [],
        }));
    }

    // "--encoding=UTF8 --locale=C"
    private static IEnumerable<(string Program, string Setting, string Value)> InitDb(string arguments) =>
        arguments.Split(' ').Select(argument => argument[2..].Split('=', 2)).Select(pair => ("Postgres", pair[0], pair[1]));

    private static IEnumerable<(string Program, string Setting, string Value)> Synapse(string text)
    {
        string[] nested = ["federation", "caches", "presence", "listeners", "worker_listeners", "database", "redis"];
        var root = (YamlMapping)YamlText.Parse(text, new FileProblems("rendered"))!;
        // A worker's listeners are as main's (synapse/config/workers.py reads both with parse_listener_def).
        return root.Entries.SelectMany(entry => nested.Contains(entry.Key)
            ? Leaves(entry.Key == "worker_listeners" ? "listeners" : entry.Key, entry.Value)
            : [("Synapse", entry.Key, Shown(entry.Value))]);
    }

    private static IEnumerable<(string Program, string Setting, string Value)> Leaves(string path, YamlNode node) => node switch
    {
        YamlMapping mapping => mapping.Entries.SelectMany(entry => Leaves($"{path}.{entry.Key}", entry.Value)),
        YamlList list when list.Items.Any(item => item is YamlMapping) => list.Items.SelectMany(item => Leaves(path, item)),
        _ => [("Synapse", path, Shown(node))],
    };

    private static string Shown(YamlNode node) => node switch
    {
        YamlScalar scalar => scalar.Text,
        YamlList list => $"[{string.Join(", ", list.Items.Select(Shown))}]",
        YamlMapping mapping => $"{{{string.Join(", ", mapping.Entries.Select(entry => $"{entry.Key}: {Shown(entry.Value)}"))}}}",
        _ => "",
    };

    private static IEnumerable<(string Program, string Setting, string Value)> Redis(string text) =>
        RedisConfiguration()
            .Match(text).Groups[1].Value
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 2))
            .Select(pair => ("Redis", pair[0], pair[1]));

    private static IEnumerable<(string Program, string Setting, string Value)> Nginx(string text)
    {
        var inMap = false;
        var lines = text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or '\'' or '"'));
        foreach (var line in lines)
        {
            if (line.EndsWith('{') || line == "}")
            {
                inMap = line.StartsWith("map ", StringComparison.Ordinal);
            }
            else if (!inMap)
            {
                var words = line.TrimEnd(';').Split(' ', 2);
                yield return ("nginx", words[0], words.ElementAtOrDefault(1) ?? "");
                // server main:8008 resolve max_fails=0;
                foreach (var parameter in words[0] == "server" ? words[1].Split(' ').Skip(1).Select(word => word.Split('=')) : [])
                {
                    yield return ("nginx", parameter[0], parameter.ElementAtOrDefault(1) ?? "");
                }
            }
        }
    }

    private static IEnumerable<(string Program, string Setting, string Value)> Haproxy(string text)
    {
        string[] ofTwoWords = ["timeout", "hold", "option"];
        // Sections begin at the margin: "frontend lab".
        var lines = text.Split('\n').Where(line => line.StartsWith(' ')).Select(line => line.Trim()).Where(line => !line.StartsWith('#'));
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            var name = ofTwoWords.Contains(words[0]) ? 2 : 1;
            yield return ("HAProxy", string.Join(' ', words.Take(name)), string.Join(' ', words.Skip(name)));
            // server main main:8008 id 8008 weight 16
            foreach (var parameter in words[0] == "server" ? words.Skip(3).Chunk(2) : [])
            {
                yield return ("HAProxy", parameter[0], parameter.ElementAtOrDefault(1) ?? "");
            }
        }
    }

    [GeneratedRegex("<<CONF\n(.*?)CONF", RegexOptions.Singleline)]
    private static partial Regex RedisConfiguration();

    [GeneratedRegex("(<!-- table: [^\n]*-->\n).*(<!-- end -->\n)", RegexOptions.Singleline)]
    private static partial Regex Generated();
}
