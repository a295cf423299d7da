using System.Runtime.ExceptionServices;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>
/// A client that follows /sync as a real one does: it goes on from the last token, fetches what a limited timeline left out, and tries
/// again while the server cannot be reached. It keeps what it was given, and notices what must not happen: events twice, and answers that
/// come at once and bring nothing, again and again (element-hq/synapse#20080).
/// One task at a time may advance it; what it has seen may be read by any.
/// </summary>
/// <param name="client">The device.</param>
/// <param name="time">The clock.</param>
/// <param name="waiter">Waits for the server to be back.</param>
public sealed class SyncStream(MatrixClient client, TimeProvider time, Waiter waiter)
{
    private const int PageSize = 100;
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FollowFor = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Room> _rooms = [];
    private readonly List<MatrixEvent> _toDevice = [];
    private readonly Dictionary<string, int> _deviceListChanges = [];
    private readonly List<string> _duplicates = [];
    private int _emptyRun;

    /// <summary>Whether answers of Synapse that own to a fault (500) are tried again like a server that cannot be reached: where its
    /// database is down, for example. Otherwise they end the following.</summary>
    public bool ThroughServerErrors { get; init; }

    /// <summary>The token that the next sync goes on from; null before the first.</summary>
    public string? Since { get; private set; }

    /// <summary>Answered syncs.</summary>
    public int Answers { get; private set; }

    /// <summary>Syncs that nobody answered: refused, broken off, or answered by the proxy itself.</summary>
    public int Failures { get; private set; }

    /// <summary>Timelines that left events out and were filled up by /messages.</summary>
    public int FilledGaps { get; private set; }

    /// <summary>The longest run of answers that brought nothing and came in less than half the time that the server was given. Synapse
    /// waits for news until the time is over, so one may happen by chance; a run is a loop.</summary>
    public int LongestEmptyRun { get; private set; }

    /// <summary>Answers that brought nothing and came when the time that the server was given was over, or half of it at least: long polls
    /// as they should be.</summary>
    public int QuietAnswers { get; private set; }

    /// <summary>IDs of events that came a second time in a timeline.</summary>
    public IReadOnlyList<string> Duplicates
    {
        get
        {
            lock (_gate)
            {
                return [.. _duplicates];
            }
        }
    }

    /// <summary>All messages to this device.</summary>
    public IReadOnlyList<MatrixEvent> ToDevice
    {
        get
        {
            lock (_gate)
            {
                return [.. _toDevice];
            }
        }
    }

    /// <summary>The events of a room's timeline, in the order in which they were given.</summary>
    public IReadOnlyList<MatrixEvent> Events(string roomId)
    {
        lock (_gate)
        {
            return _rooms.TryGetValue(roomId, out var room) ? [.. room.Timeline] : [];
        }
    }

    /// <summary>The bodies of a room's messages, in the order in which they were given.</summary>
    public IReadOnlyList<string> Bodies(string roomId) => [.. Events(roomId).Select(e => e.Body).OfType<string>()];

    /// <summary>Typing and receipts of a room, in the order in which they were given.</summary>
    public IReadOnlyList<MatrixEvent> Ephemeral(string roomId)
    {
        lock (_gate)
        {
            return _rooms.TryGetValue(roomId, out var room) ? [.. room.Ephemeral] : [];
        }
    }

    /// <summary>How often a user's device list was said to have changed.</summary>
    public int DeviceListChanges(string userId)
    {
        lock (_gate)
        {
            return _deviceListChanges.GetValueOrDefault(userId);
        }
    }

    /// <summary>One sync; the first is an initial one and answered at once.</summary>
    /// <param name="timeout">How long the server may wait for news.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MatrixException">The server refused, or there is none.</exception>
    /// <exception cref="HttpRequestException">The connection broke.</exception>
    public async Task StepAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var initial = Since is null;
        var start = time.GetTimestamp();
        var answer = await client.SyncAsync(new SyncRequest(Since, timeout, SyncRequest.LeanFilter), cancellationToken);
        var elapsed = time.GetElapsedTime(start);

        // All gaps first: where one cannot be filled, the same answer is asked for again, and nothing of it may have been kept.
        var missing = new Dictionary<string, IReadOnlyList<MatrixEvent>>();
        foreach (var (roomId, joined) in answer.Joined)
        {
            if (joined.Timeline is { Limited: true, PrevBatch: { } from } && !initial && Known(roomId))
            {
                missing[roomId] = await MissingAsync(roomId, from, cancellationToken);
            }
        }

        lock (_gate)
        {
            FilledGaps += missing.Count;
            foreach (var (roomId, joined) in answer.Joined)
            {
                Take(roomId, missing.GetValueOrDefault(roomId, []), joined);
            }

            _toDevice.AddRange(answer.ToDevice?.Events ?? []);
            foreach (var userId in answer.DeviceLists?.Changed ?? [])
            {
                _deviceListChanges[userId] = _deviceListChanges.GetValueOrDefault(userId) + 1;
            }

            Answers++;
            var waited = elapsed >= timeout / 2;
            _emptyRun = answer.IsEmpty && !initial && !waited ? _emptyRun + 1 : 0;
            QuietAnswers += answer.IsEmpty && !initial && waited && timeout > TimeSpan.Zero ? 1 : 0;
            LongestEmptyRun = Math.Max(LongestEmptyRun, _emptyRun);
            Since = answer.NextBatch;
        }
    }

    /// <summary>Whether a room has given so many messages: for <see cref="FollowUntilAsync"/>.</summary>
    public Observation HasMessages(string roomId, int count)
    {
        var got = Bodies(roomId).Count;
        return new Observation(got >= count, $"{got} of {count} messages");
    }

    /// <summary>Syncs until something holds of what was seen, and through times in which the server cannot be reached.</summary>
    /// <param name="name">What is waited for, as a statement: <c>bob sees the message</c>.</param>
    /// <param name="look">Looked at after every answer.</param>
    /// <param name="timeout">How long the server may wait for news in one sync.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="deadline">How long to follow at most; null: 60 s.</param>
    /// <exception cref="LabException">The deadline passed, or no sync was answered for a minute (exit code 1); the message has what every
    /// sync brought, with times.</exception>
    /// <exception cref="MatrixException">Synapse refused: trying again would not help.</exception>
    public async Task FollowUntilAsync(
        string name, Func<Observation> look, TimeSpan timeout, CancellationToken cancellationToken, TimeSpan? deadline = null)
    {
        var start = time.GetTimestamp();
        var history = new ObservationHistory(name);
        using var limit = new CancellationTokenSource(deadline ?? FollowFor, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (!Seen(look()).Holds)
            {
                await StepThroughAsync(timeout, missed => Seen(Observation.No(missed)), linked.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LabException(ExitCodes.Failed, history.ToProblem(deadline ?? FollowFor));
        }
        catch (LabException e)
        {
            // The inner wait knows of the last syncs alone, and history has those too.
            Seen(Observation.No($"given up: no sync was answered for {BackWithin.TotalSeconds:0} s"));
            throw new LabException(e.ExitCode, history.ToProblem(time.GetElapsedTime(start)), e);
        }

        Observation Seen(Observation seen)
        {
            history.Add(time.GetElapsedTime(start), seen);
            return seen;
        }
    }

    // One answered sync. The wait is no pause between syncs: each look is a sync, and only one that failed is followed by another look.
    private async Task StepThroughAsync(TimeSpan timeout, Action<string> missed, CancellationToken cancellationToken)
    {
        Exception? refused = null;
        await waiter.UntilAsync(
            BackWithin,
            "a sync is answered",
            async token =>
            {
                try
                {
                    await StepAsync(timeout, token);
                    return Observation.Yes("answered");
                }
                catch (Exception e) when (IsDown(e))
                {
                    lock (_gate)
                    {
                        Failures++;
                    }

                    // Without the request's own ID, so that one outage is one line of the history.
                    var seen = e is MatrixException answer
                        ? $"a sync was answered {(int)answer.Status} by {answer.Worker ?? "the proxy"}"
                        : e.Message;
                    missed(seen);
                    return Observation.No(seen);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // Synapse answered and will say the same again.
                    refused = e;
                    return Observation.Yes("refused");
                }
            },
            cancellationToken);
        if (refused is not null)
        {
            ExceptionDispatchInfo.Throw(refused);
        }
    }

    private bool IsDown(Exception e) => e switch
    {
        MatrixException answer => answer.IsUnavailable || (ThroughServerErrors && answer.IsServerError),
        _ => e is HttpRequestException or IOException or TimeoutException,
    };

    // A timeline with "limited" has only the newest events: those between the last one known and its first are fetched backwards from
    // prev_batch.
    private async Task<IReadOnlyList<MatrixEvent>> MissingAsync(string roomId, string from, CancellationToken cancellationToken)
    {
        var missing = new List<MatrixEvent>();
        var reached = false;
        for (string? token = from; token is not null && !reached;)
        {
            var page = await client.MessagesAsync(roomId, token, backwards: true, PageSize, cancellationToken);
            foreach (var e in page.Chunk)
            {
                reached = IsKnown(roomId, e);
                if (reached)
                {
                    break;
                }

                missing.Add(e);
            }

            token = page.Chunk.Count == 0 ? null : page.End;
        }

        missing.Reverse();
        return missing;
    }

    private void Take(string roomId, IEnumerable<MatrixEvent> missing, JoinedRoom joined)
    {
        if (!_rooms.TryGetValue(roomId, out var room))
        {
            _rooms[roomId] = room = new Room();
        }

        foreach (var e in missing.Concat(joined.Timeline.Events))
        {
            if (e.EventId is { } id && !room.Known.Add(id))
            {
                _duplicates.Add(id);
                continue;
            }

            room.Timeline.Add(e);
        }

        room.Ephemeral.AddRange(joined.Ephemeral.Events);
    }

    private bool Known(string roomId)
    {
        lock (_gate)
        {
            return _rooms.ContainsKey(roomId);
        }
    }

    private bool IsKnown(string roomId, MatrixEvent e)
    {
        lock (_gate)
        {
            return e.EventId is not null && _rooms[roomId].Known.Contains(e.EventId);
        }
    }

    private sealed class Room
    {
        public List<MatrixEvent> Timeline { get; } = [];

        public HashSet<string> Known { get; } = [];

        public List<MatrixEvent> Ephemeral { get; } = [];
    }
}
