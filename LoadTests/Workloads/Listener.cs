namespace SynapseLab.LoadTests.Workloads;

/// <summary>A user with a sync open: where it stands. One task at a time.</summary>
/// <param name="user">Index of the user.</param>
/// <param name="filterId">The filter that the user's syncs name.</param>
internal sealed class Listener(int user, string filterId)
{
    // What a client does after a failed sync: wait a little, and longer each time, so that a server that is down is not hammered.
    private const long ShortestPause = 250_000_000;
    private const long LongestPause = 5_000_000_000;
    private int _failures;

    /// <summary>Index of the user.</summary>
    public int User { get; } = user;

    /// <summary>The filter that the user's syncs name.</summary>
    public string FilterId { get; } = filterId;

    /// <summary>The last reply.</summary>
    public SyncReply Reply { get; } = new();

    /// <summary>Token of the next sync; null: it is the first.</summary>
    public string? Since { get; private set; }

    /// <summary>What limited syncs left out and was not fetched yet.</summary>
    public Stack<OpenGap> Gaps { get; } = new();

    /// <summary>Takes <see cref="Reply"/> as read. What was counted must never be asked for again, or it would look like a duplicate: the
    /// token moves on at once, and gaps are remembered until they are filled.</summary>
    public void MoveOn()
    {
        if (Since is { } before)
        {
            foreach (var gap in Reply.Gaps)
            {
                Gaps.Push(new OpenGap(gap.RoomId, gap.Before, before));
            }
        }

        Since = Reply.NextBatch;
    }

    /// <summary>A sync and all that it left out were read.</summary>
    public void Succeeded() => _failures = 0;

    /// <summary>How long to wait after a sync that failed, in nanoseconds: longer each time.</summary>
    public long NextPause() => Math.Min(LongestPause, ShortestPause << Math.Min(6, _failures++));
}

/// <summary>What a limited sync left out.</summary>
/// <param name="roomId">The room.</param>
/// <param name="from">Token of the gap's end.</param>
/// <param name="since">Token of its beginning, where the sync before stood.</param>
internal sealed class OpenGap(string roomId, string from, string since)
{
    /// <summary>The room.</summary>
    public string RoomId { get; } = roomId;

    /// <summary>Where it begins: the token of the sync before.</summary>
    public string Since { get; } = since;

    /// <summary>Where the next page begins, backwards; null: the last was read.</summary>
    public string? From { get; set; } = from;
}
