using SynapseLab.Catalogue;
using SynapseLab.Plans;
using SynapseLab.Topologies;

namespace SynapseLab.Tests.Routing;

/// <summary>Homeservers with just what routing looks at.</summary>
internal static class RoutedHomeservers
{
    /// <summary>A homeserver whose workers get ports 8101, 8102 ... in order.</summary>
    public static Homeserver Of(
        IReadOnlyList<(string Group, string Role, int Count)> groups,
        IReadOnlyDictionary<string, IReadOnlyList<string>>? writers = null, string key = "hs1", int index = 0, int firstPort = 8101)
    {
        var workers = groups
            .SelectMany(group => Enumerable.Range(1, group.Count).Select(number => new WorkerTopology(
                group.Count == 1 ? group.Group : $"{group.Group}{number}",
                group.Group,
                WorkerRoles.Find(group.Role) ?? throw new ArgumentException($"no role {group.Role}", nameof(groups)),
                new Limits())))
            .ToArray();
        var topology = new HomeserverTopology
        {
            ServerName = $"{key}.test",
            Workers = workers,
            StreamWriters = writers ?? new Dictionary<string, IReadOnlyList<string>>(),
        };
        var prefix = index == 0 ? "" : $"{key}-";
        SynapseProcess[] processes =
        [
            new("main", $"{prefix}main", key, $"{prefix}main", "main", 8008 + index, 9093, 9290 + index, ["client", "federation"], null),
            .. workers.Select((worker, number) => new SynapseProcess(
                worker.Name,
                prefix + worker.Name,
                key,
                prefix + worker.Name.Replace('_', '-'),
                worker.Name,
                firstPort + number,
                null,
                firstPort + 1200 + number,
                worker.Role.Resources.Count == 0 ? ["health"] : worker.Role.Resources,
                worker)),
        ];
        return new Homeserver(topology.ServerName, key, key, processes, topology);
    }

    /// <summary>A homeserver without workers.</summary>
    public static Homeserver Monolith() => Of([]);

    /// <summary>Three generic workers, a persister, a writer of receipts and typing.</summary>
    public static Homeserver Reference() => Of(
        [("generic_worker", "generic_worker", 3), ("events_persister", "event_persister", 1), ("receipts_writer", "stream_writer", 1)],
        new Dictionary<string, IReadOnlyList<string>>
        {
            ["events"] = ["events_persister"],
            ["receipts"] = ["receipts_writer"],
            ["typing"] = ["receipts_writer"],
        });

    /// <summary>The affinity of the reference topology.</summary>
    public static ProxyTopology ReferenceProxy(string kind = "nginx") => new()
    {
        Kind = kind,
        Affinity = new Dictionary<string, Affinity> { ["default"] = Affinity.SourceIp, ["sync"] = Affinity.User },
    };

    /// <summary>
    /// A pool of so many workers for syncs, one for sends and one for federation; the ports of a pool's first workers do not depend on
    /// their number.
    /// </summary>
    public static Homeserver PoolsOf(int count)
    {
        var homeserver = Of(
            [
                ("synchrotron", "synchrotron", count),
                ("event_creator", "event_creator", count),
                ("federation_inbound", "federation_inbound", count),
            ]);
        return homeserver with
        {
            Processes =
            [
                homeserver.Main,
                .. homeserver.Processes.Skip(1).Select((process, index) =>
                    process with { HttpPort = 8101 + (10 * (index / count)) + (index % count) }),
            ],
        };
    }

    /// <summary>Three workers of every role that takes requests, and three writers of each stream that may have them.</summary>
    public static Homeserver ThreeOfEveryRole() => Of(
        [.. WorkerRoles.All.Where(role => role.Resources.Count > 0).Select(role => (role.Name, role.Name, 3))],
        StreamRule.All.Where(stream => stream.ManyWriters && stream.ServesRequests).ToDictionary(
            stream => stream.Name,
            IReadOnlyList<string> (stream) =>
                [
                    .. Enumerable.Range(1, 3).Select(number =>
                        $"{(stream.Name == "quarantined_media_changes" ? "media_repository" : "stream_writer")}{number}"),
                ]));

    /// <summary>One affinity for every group that can have it.</summary>
    public static ProxyTopology EveryGroupBy(Affinity affinity, string kind) => new()
    {
        Kind = kind,
        Affinity = EndpointCatalogue.Load().Groups
            .Where(group => group.Affinities.Contains(affinity))
            .ToDictionary(group => group.Name, _ => affinity),
    };

    /// <summary>One worker or more of every role that takes requests, and a writer for every stream.</summary>
    public static Homeserver EveryRole() => Of(
        [
            ("generic_worker", "generic_worker", 2),
            ("synchrotron", "synchrotron", 2),
            ("initial_synchrotron", "initial_synchrotron", 2),
            ("client_reader", "client_reader", 2),
            ("event_creator", "event_creator", 3),
            ("room_worker", "room_worker", 2),
            ("login", "login", 2),
            ("federation_reader", "federation_reader", 2),
            ("federation_inbound", "federation_inbound", 3),
            ("user_dir", "user_dir", 1),
            ("media_repository", "media_repository", 2),
            ("writer", "stream_writer", 3),
            ("typing_writer", "stream_writer", 1),
        ],
        new Dictionary<string, IReadOnlyList<string>>
        {
            ["receipts"] = ["writer1", "writer2", "writer3"],
            ["device_lists"] = ["writer1", "writer2"],
            ["thread_subscriptions"] = ["writer2", "writer3"],
            ["typing"] = ["typing_writer"],
            ["to_device"] = ["writer1"],
            ["account_data"] = ["writer2"],
            ["presence"] = ["writer3"],
            ["push_rules"] = ["writer1"],
            ["quarantined_media_changes"] = ["media_repository1"],
        });
}
