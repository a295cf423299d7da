namespace SynapseLab.Catalogue;

/// <summary>One row of the endpoint catalogue: requests of these methods to these paths, and who serves them.</summary>
public sealed record CatalogueEntry
{
    /// <summary>The word in <see cref="Methods"/> for every method.</summary>
    public const string AnyMethod = "ANY";

    /// <summary>The route group it belongs to.</summary>
    public required string Group { get; init; }

    /// <summary>The paths.</summary>
    public required PathPattern Path { get; init; }

    /// <summary>The methods, in capitals; <see cref="AnyMethod"/> alone for all.
    /// GET covers HEAD (synapse/http/server.py treats it so).</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>The methods one by one: for <see cref="AnyMethod"/> those that HTTP clients know.</summary>
    public IReadOnlyList<string> EachMethod =>
        Methods[0] == AnyMethod ? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] : Methods;

    /// <summary>A condition on the query string; null: none.</summary>
    public QueryCondition? When { get; init; }

    /// <summary>Who may serve it.</summary>
    public required ServedBy ServedBy { get; init; }

    /// <summary>The affinity that Synapse's documentation recommends, or the code makes useful.</summary>
    public required Affinity Affinity { get; init; }

    /// <summary>Whether any other affinity is wrong, not only slower: a topology cannot change it.</summary>
    public bool AffinityRequired { get; init; }

    /// <summary>Who sends such requests, which decides what they carry for an affinity.</summary>
    public Caller Caller { get; init; }

    /// <summary>The Python package without which Synapse cannot be configured to have it: <c>authlib</c>; null: none.</summary>
    public string? Needs { get; init; }

    /// <summary>Whether no process has it where users log in at a Matrix Authentication Service (synapse/rest:
    /// <c>hs.config.mas.enabled</c>).</summary>
    public bool NeedsOwnLogin { get; init; }

    /// <summary>The Synapse release since which it holds whole, with every method and on the process that <see cref="ServedBy"/> names:
    /// <c>1.54</c>. 1.4 stands for 1.4 and older.</summary>
    public required string Since { get; init; }

    /// <summary>Section of docs/workers.md, or file of Synapse, that says so.</summary>
    public required string Source { get; init; }

    /// <summary>Where documentation and code differ, or why the catalogue deviates; null where there is nothing to say.</summary>
    public string? Note { get; init; }

    /// <summary>Where it stands: <c>typing.yaml:5</c>.</summary>
    public required string Location { get; init; }

    /// <summary>
    /// Whether an affinity can choose among the processes that serve such requests: there may be several, and the requests carry the key.
    /// A room counts where the path has one; rooms in a query or a body are out of a proxy's sight, and an alias is not the room's ID.
    /// </summary>
    public bool CanHave(Affinity affinity) => affinity switch
    {
        _ when AffinityRequired => affinity == Affinity,
        Affinity.None => true,
        _ when ServedBy.IsOneProcess => false,
        Affinity.SourceIp => true,
        Affinity.User => Caller == Caller.User,
        Affinity.Origin => Caller == Caller.Homeserver,
        Affinity.Room => HasRoom,
        _ => false,
    };

    /// <summary>Whether the path names a room.</summary>
    public bool HasRoom => Path.Placeholders.Any(name => name is "room_id" or "room_identifier");

    /// <summary>Whether requests of this method are meant.</summary>
    public bool Takes(string method) =>
        Methods[0] == AnyMethod || Methods.Contains(method == "HEAD" ? "GET" : method, StringComparer.Ordinal);

    /// <summary>The resource a process's listener needs to serve it: <c>client</c>, <c>federation</c> or <c>media</c>
    /// (synapse/app/generic_worker.py).</summary>
    public string Resource =>
        ServedBy is { Kind: ServerKind.MediaRepository } or { Stream: "quarantined_media_changes" } ? "media"
        : Path.Text.StartsWith("/_matrix/federation/", StringComparison.Ordinal) || Path.Text.StartsWith("/_matrix/key/", StringComparison.Ordinal) ? "federation"
        : "client";
}
