using System.Text;
using System.Text.Json;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>What to ask of /sync (Client-Server API, "Syncing").</summary>
/// <param name="Since">The <c>next_batch</c> of the last answer; null: an initial sync.</param>
/// <param name="Timeout">How long the server may wait for something new; zero: answer at once.</param>
/// <param name="Filter">A filter's ID or JSON; null: none.</param>
/// <param name="FullState">Ask for the whole state of all rooms.</param>
public sealed record SyncRequest(string? Since = null, TimeSpan Timeout = default, string? Filter = null, bool FullState = false)
{
    /// <summary>A filter that keeps answers small: no presence, no account data, only recent events, members on demand.</summary>
    public const string LeanFilter =
        """{"presence":{"types":[]},"account_data":{"types":[]},"room":{"timeline":"""
        + """{"limit":100},"state":{"lazy_load_members":true},"account_data":{"types":[]}}}""";

    /// <summary>The query string, such as <c>?timeout=30000&amp;since=s1_2</c>.</summary>
    public string ToQuery()
    {
        var query = new StringBuilder("?timeout=", 128).Append((long)Timeout.TotalMilliseconds);
        if (Since is not null)
        {
            query.Append("&since=").Append(Uri.EscapeDataString(Since));
        }

        if (Filter is not null)
        {
            query.Append("&filter=").Append(Uri.EscapeDataString(Filter));
        }

        if (FullState)
        {
            query.Append("&full_state=true");
        }

        return query.ToString();
    }
}

/// <summary>The parts of a /sync answer that the lab looks at. Absent parts are empty.</summary>
public sealed record SyncResponse
{
    /// <summary>Where the next sync goes on. With several event writers ahead of each other Synapse's begin with <c>m</c>:
    /// <c>m56~2.58~3.59_...</c>.</summary>
    public string NextBatch { get; set; } = "";

    /// <summary>By membership.</summary>
    public SyncRooms? Rooms { get; set; }

    /// <summary>Messages straight to this device.</summary>
    public EventList? ToDevice { get; set; }

    /// <summary>Whose devices changed.</summary>
    public DeviceLists? DeviceLists { get; set; }

    /// <summary>The rooms the user is in and that have something new; empty when none.</summary>
    public IReadOnlyDictionary<string, JoinedRoom> Joined => Rooms?.Join ?? SyncRooms.NoJoined;

    /// <summary>The rooms the user is invited to.</summary>
    public IReadOnlyDictionary<string, JsonElement> Invited => Rooms?.Invite ?? SyncRooms.NoInvited;

    /// <summary>Whether it brings nothing: what a long poll answers when its time is over.</summary>
    public bool IsEmpty =>
        (Rooms is null || (Joined.Count == 0 && Invited.Count == 0 && Rooms.Leave is null or { Count: 0 }))
        && (ToDevice?.Events.Count ?? 0) == 0
        && (DeviceLists?.Changed.Count ?? 0) == 0
        && (DeviceLists?.Left.Count ?? 0) == 0;
}

/// <summary>The rooms in a /sync answer.</summary>
public sealed record SyncRooms
{
    internal static readonly Dictionary<string, JoinedRoom> NoJoined = [];
    internal static readonly Dictionary<string, JsonElement> NoInvited = [];

    /// <summary>By room ID.</summary>
    public Dictionary<string, JoinedRoom>? Join { get; set; }

    /// <summary>By room ID; the stripped state as it came.</summary>
    public Dictionary<string, JsonElement>? Invite { get; set; }

    /// <summary>By room ID; as it came.</summary>
    public Dictionary<string, JsonElement>? Leave { get; set; }
}

/// <summary>What is new in a room.</summary>
public sealed record JoinedRoom
{
    /// <summary>The newest events, oldest first.</summary>
    public Timeline Timeline { get; set; } = new();

    /// <summary>State before the timeline.</summary>
    public EventList State { get; set; } = new();

    /// <summary>Typing and receipts.</summary>
    public EventList Ephemeral { get; set; } = new();
}

/// <summary>The newest events of a room.</summary>
public sealed record Timeline
{
    /// <summary>Oldest first.</summary>
    public IReadOnlyList<MatrixEvent> Events { get; set; } = [];

    /// <summary>Whether older new events were left out: they have to be fetched with /messages from <see cref="PrevBatch"/>.</summary>
    public bool Limited { get; set; }

    /// <summary>Token before the first event.</summary>
    public string? PrevBatch { get; set; }
}

/// <summary>An object with a list of events in it, as /sync has many.</summary>
public sealed record EventList
{
    /// <summary>The events in the order in which they came.</summary>
    public IReadOnlyList<MatrixEvent> Events { get; set; } = [];
}

/// <summary>Users whose device lists have to be asked for again.</summary>
public sealed record DeviceLists
{
    /// <summary>User IDs whose devices or keys changed.</summary>
    public IReadOnlyList<string> Changed { get; set; } = [];

    /// <summary>User IDs with whom no encrypted room is shared any more.</summary>
    public IReadOnlyList<string> Left { get; set; } = [];
}
