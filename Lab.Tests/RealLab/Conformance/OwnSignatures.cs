using System.Text.Json.Nodes;
using SynapseLab.Catalogue;
using SynapseLab.Plans;
using SynapseLab.Runtimes;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>
/// Signs federation requests as the homeserver itself: it knows its own key without asking anybody (synapse/crypto/keyring.py
/// <c>_local_verify_keys</c>), so the handlers run on every topology, and not only the check of the signature.
/// </summary>
internal static class OwnSignatures
{
    // .NET has no Ed25519; the Python beside Synapse has what Synapse signs with.
    private const string Script = """
        import json, sys
        from signedjson.key import read_signing_keys
        from signedjson.sign import sign_json
        given = json.load(sys.stdin)
        key = read_signing_keys(open(given["key"]))[0]
        server = given["server"]
        for request in given["requests"]:
            (name, signature), = sign_json(request, server, key)["signatures"][server].items()
            print(f'X-Matrix origin="{server}",destination="{server}",key="{name}",sig="{signature}"')
        """;

    /// <summary>The requests, those of federation with a signature in place of their authorization.</summary>
    public static async Task<IReadOnlyList<(HttpRequestLine Request, string Body)>> SignAsync(
        RunningLab lab, Homeserver homeserver, IReadOnlyList<(HttpRequestLine Request, string Body)> requests, CancellationToken cancellationToken)
    {
        var input = new JsonObject
        {
            ["key"] = "/config/secrets/signing.key",
            ["server"] = homeserver.ServerName,
            ["requests"] = new JsonArray(
                [
                    .. requests.Where(request => IsSigned(request.Request)).Select(request =>
                        (JsonNode)ToSign(homeserver, request.Request, request.Body)),
                ]),
        };
        var result = await lab.Engine.ExecAsync(
            lab.ContainerId(homeserver.Main.Container),
            ["python3", "-c", Script],
            input.ToJsonString(),
            cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"signing for {homeserver.Key}: {result.Error}");
        }

        var signatures = new Queue<string>(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return [.. requests.Select(request => IsSigned(request.Request) ? (request.Request with { Authorization = signatures.Dequeue() }, request.Body) : request)];
    }

    /// <summary>Whether other homeservers sign such a request; those that need none are answered all the same.</summary>
    public static bool IsSigned(HttpRequestLine request) => request.Path.StartsWith("/_matrix/federation/", StringComparison.Ordinal);

    // As synapse/federation/transport/server/_base.py authenticate_request puts it together.
    private static JsonObject ToSign(Homeserver homeserver, HttpRequestLine request, string body)
    {
        var json = new JsonObject
        {
            ["method"] = request.Method,
            ["uri"] = request.Target,
            ["origin"] = homeserver.ServerName,
            ["destination"] = homeserver.ServerName,
        };
        if (body.Length > 0)
        {
            json["content"] = JsonNode.Parse(body);
        }

        return json;
    }
}
