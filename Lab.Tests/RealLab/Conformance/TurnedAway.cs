namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>What came back: the status, whether from a worker, and whether as M_UNRECOGNIZED.</summary>
internal sealed record TurnedAwayAnswer(int Status, bool ByWorker, bool Unrecognized);

/// <summary>Malformed and forbidden paths, and how each is turned away, by the kind of proxy.</summary>
internal static class TurnedAway
{
    // Never served on a public port: refused by the proxy itself in every spelling that Twisted or a person might take for them.
    private static IReadOnlyList<string> Refused =>
    [
        "/_synapse/replication/send_events/x", "/_synapse/metrics", "/_synapse/%72eplication/x", "/%5Fsynapse/metrics",
        "/_synapse//metrics", "/_matrix/../_synapse/metrics",
        "/_SYNAPSE/metrics", "/_synapse/Replication/x", "/_Synapse/METRICS", "/%5FSYNAPSE/%4Detrics", "/_synapse/metrics/",
        "/_synapse/replication/",
    ];

    public static IEnumerable<(string Method, string Target, TurnedAwayAnswer Expected)> ForClients(string kind)
    {
        var refused = new TurnedAwayAnswer(403, false, false);
        var unknown = new TurnedAwayAnswer(404, true, true);
        string[] unknownTargets =
        [
            "//_matrix/client/versions", "/_matrix//client/versions", "/_matrix/client/v3%2Fsync", "/_matrix/client/VERSIONS",
            "/_matrix/client/versions/", "/_matrix/client/v3/rooms/../sync",
            "/_matrix/client/v3/./sync", "/_matrix",
        ];
        foreach (var target in Refused)
        {
            yield return ("GET", target, refused);
        }

        foreach (var target in unknownTargets)
        {
            yield return ("GET", target, unknown);
        }

        // Outside of every resource of Synapse, so Twisted answers with a page of its own.
        var nowhere = new TurnedAwayAnswer(404, true, false);
        yield return ("GET", "/_matrix%2Fclient%2Fversions", nowhere);
        yield return ("GET", "/_MATRIX/client/versions", nowhere);
        // To Synapse a room's name may be anything, even nothing: the user is in no such room.
        var notInRoom = new TurnedAwayAnswer(403, true, false);
        yield return ("GET", "/_matrix/client/v3/rooms//messages", notInRoom);
        // nginx refuses what it cannot decode; HAProxy leaves that to Synapse.
        var undecodable = new TurnedAwayAnswer(400, false, false);
        yield return ("GET", "/%", kind == "nginx" ? undecodable : nowhere);
        yield return ("GET", "/_matrix/client/v3/rooms/%zz/messages", kind == "nginx" ? undecodable : notInRoom);
        yield return ("GET", $"/_matrix/client/v3/{new string('x', 20000)}", new TurnedAwayAnswer(414, false, false));
        yield return ("BREW", "/_matrix/client/versions", new TurnedAwayAnswer(405, true, true));
    }

    public static IEnumerable<(string Method, string Target, TurnedAwayAnswer Expected)> ForHomeservers(string kind)
    {
        // Not of federation, so nothing of it gets to Synapse. nginx knows no other refusal at this port.
        var elsewhere = new TurnedAwayAnswer(404, false, true);
        foreach (var target in Refused)
        {
            // HAProxy compares the path as it came, and says 404 to a climbing one before it looks where it leads.
            yield return ("GET", target, kind == "nginx" ? elsewhere : new TurnedAwayAnswer(403, false, false));
        }

        string[] elsewhereTargets =
        [
            "/", "/_matrix/client/versions", "/_matrix/media/v3/config", "/_MATRIX/federation/v1/version", "/_matrix/Federation/v1/version",
            "/_matrix/federation/../client/versions",
            "/_matrix/federation/%2e%2e/client/versions", "/_matrix/key/../../_synapse/admin/v1/server_version", "/_matrix/federation",
            "/_matrix/key", "/.well-known/matrix/server/",
        ];
        foreach (var target in elsewhereTargets)
        {
            yield return ("GET", target, elsewhere);
        }

        yield return ("BREW", "/_matrix/client/versions", elsewhere);

        // Of federation by its beginning: Synapse says that it has none such.
        var unknown = new TurnedAwayAnswer(404, true, true);
        string[] unknownTargets =
        [
            "/_matrix/federation/v1/version/", "/_matrix/federation//v1/version", "/_matrix/federation/v1%2Fversion",
            "/_matrix/federation/V1/version", "/_matrix/key/v2/SERVER",
        ];
        foreach (var target in unknownTargets)
        {
            yield return ("GET", target, unknown);
        }

        yield return ("BREW", "/_matrix/federation/v1/version", new TurnedAwayAnswer(405, true, true));
        yield return ("GET", $"/_matrix/federation/v1/event/{new string('x', 20000)}", new TurnedAwayAnswer(414, false, false));
    }
}
