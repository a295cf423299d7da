namespace SynapseLab.LoadTests.Measurement;

/// <summary>What a load run does and measures. Written in lower case in profiles, results and samples: <c>send</c>,
/// <c>delivery</c>.</summary>
public enum OperationKind : byte
{
    /// <summary>A message to a room: PUT /rooms/{room}/send.</summary>
    Send,

    /// <summary>A typing notice: PUT /rooms/{room}/typing/{user}.</summary>
    Typing,

    /// <summary>A read receipt on the newest message known: POST /rooms/{room}/receipt/m.read/{event}.</summary>
    Receipt,

    /// <summary>A long poll: GET /sync with a since token. Its latency is the time to the reply, most of which is waiting for something to
    /// happen.</summary>
    Sync,

    /// <summary>What a limited sync left out, fetched with GET /rooms/{room}/messages.</summary>
    Backfill,

    /// <summary>Not a request: a message on its way, from its intended start to the end of the sync reply that brought it to one
    /// member.</summary>
    Delivery,

    /// <summary>A request of a bench.</summary>
    Request,
}

/// <summary>Names of <see cref="OperationKind"/>.</summary>
internal static class OperationKinds
{
    /// <summary>How many there are.</summary>
    public const int Count = 7;

    /// <summary>The name in profiles and results: <c>send</c>.</summary>
    public static string Name(this OperationKind kind) => kind switch
    {
        OperationKind.Send => "send",
        OperationKind.Typing => "typing",
        OperationKind.Receipt => "receipt",
        OperationKind.Sync => "sync",
        OperationKind.Backfill => "backfill",
        OperationKind.Delivery => "delivery",
        OperationKind.Request => "request",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
