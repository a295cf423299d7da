using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Http;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;
using SynapseLab.LoadTests.Populations;
using SynapseLab.LoadTests.Profiles;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>
/// A profile's operations as Matrix requests: the schedule's sends, typing notices and receipts, and one loop of long-poll syncs for each user who listens.
/// Every message carries its run and number in its content, by which the syncs know it again.
/// </summary>
internal sealed class MatrixWorkload : IWorkload, IDisposable
{
    // What a client does after a failed sync: wait a little, and longer each time, so that a server that is down is not hammered.
    private const long ShortestPause = 250_000_000;
    private const long LongestPause = 5_000_000_000;

    private readonly LoadProfile _profile;
    private readonly LoadPlan _plan;
    private readonly Population _population;
    private readonly RunClock _clock;
    private readonly Recorder _recorder;
    private readonly ErrorTally _errors;
    private readonly byte[][] _workers;
    private readonly byte[] _run;
    private readonly byte[] _padding;
    private readonly HttpConnectionPool[] _pools;
    private readonly byte[][] _heads;
    private readonly string[] _roomPaths;
    private readonly string[] _userPaths;
    private readonly Dictionary<string, int> _roomNumbers;
    private readonly string[] _newest;
    private readonly Listener[] _listeners;
    private readonly string _labName;

    /// <summary>Makes the workload of a profile.</summary>
    /// <param name="labName">The lab's name, for what is told.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="population">Its users and rooms.</param>
    /// <param name="homeservers">Client port of each homeserver, by key.</param>
    /// <param name="processes">Process ids; a reply's X-Synapse-Worker becomes an index into them.</param>
    /// <param name="run">Mark of the run, lower-case letters and digits, unlike that of any other run on this lab.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="recorder">Takes deliveries and backfills; the driver records the rest.</param>
    /// <param name="errors">Takes the errors of backfills.</param>
    public MatrixWorkload(
        string labName,
        LoadProfile profile,
        LoadPlan plan,
        Population population,
        IReadOnlyDictionary<string, IPEndPoint> homeservers,
        IReadOnlyList<string> processes,
        string run,
        RunClock clock,
        Recorder recorder,
        ErrorTally errors)
    {
        _labName = labName;
        _profile = profile;
        _plan = plan;
        _population = population;
        _clock = clock;
        _recorder = recorder;
        _errors = errors;
        _workers = [.. processes.Select(Encoding.ASCII.GetBytes)];
        _run = Encoding.ASCII.GetBytes(run);
        _padding = Encoding.ASCII.GetBytes(Text(profile.MessageBytes));
        _newest = [.. population.Rooms.Select(room => room.FirstEvent)];
        _roomNumbers = population.Rooms.Select((room, i) => (room.RoomId, i)).ToDictionary(entry => entry.RoomId, entry => entry.i);
        _roomPaths = [.. population.Rooms.Select(room => Uri.EscapeDataString(room.RoomId))];
        _userPaths = [.. population.Users.Select(user => Uri.EscapeDataString(user.UserId))];

        var pools = homeservers.ToDictionary(pair => pair.Key, pair => new HttpConnectionPool(pair.Value, clock.Time));
        _pools = [.. population.Users.Select(user => pools[user.HomeserverKey])];
        _heads = [.. population.Users.Select(user => Encoding.ASCII.GetBytes($" HTTP/1.1\r\nHost: {homeservers[user.HomeserverKey]}\r\nUser-Agent: synapse-lab-load\r\nAuthorization: Bearer {user.AccessToken}\r\n"))];

        var listening = profile.Closed.Users ?? profile.Users;
        _listeners = [.. Enumerable.Range(0, population.Users.Count).Where(user => user < listening || user >= profile.Users).Select(user => new Listener(user))];
        var receivers = population.Rooms.Select(room => (IReadOnlyList<int>)[.. room.Members.Where(user => user < listening || user >= profile.Users)]).ToArray();
        Ledger = new DeliveryLedger((int)Math.Min(LoadLimits.MostOperations * 1.2, (profile.Open.Rate * profile.Duration.TotalSeconds * 1.2) + 10_000), receivers);
    }

    /// <summary>Who got which message.</summary>
    public DeliveryLedger Ledger { get; }

    /// <inheritdoc />
    public IEnumerable<PlannedOperation> Schedule => _plan.Schedule();

    /// <inheritdoc />
    public int Loops => _listeners.Length;

    /// <inheritdoc />
    public OperationKind LoopOperation => OperationKind.Sync;

    /// <summary>The first sync of everybody who listens: from its token on nothing may be missed. Not part of the measured load.</summary>
    /// <exception cref="LabException">A user cannot sync (exit code 1).</exception>
    public async Task PrepareAsync(IProgress<SetupProgress> progress, CancellationToken cancellationToken)
    {
        var done = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, _listeners.Length),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (loop, token) =>
            {
                var outcome = await SyncAsync(_listeners[loop], TimeSpan.Zero, token);
                if (outcome.Error is { } error)
                {
                    throw LabException.Failed($"the first sync of {_population.Users[_listeners[loop].User].UserId} failed: {error}", null, $"See {ToType.On(_labName, "status")}");
                }

                progress.Report(new SetupProgress("users", Interlocked.Increment(ref done), _listeners.Length));
            });
    }

    /// <summary>Lets the last messages arrive: syncs of those who listen, until all that was acknowledged was delivered.</summary>
    /// <param name="deadline">How long that may take.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task DrainAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(deadline, _clock.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);

        // Short polls: whoever is complete shall be asked again soon whether all are.
        var poll = TimeSpan.FromMilliseconds(Math.Min(500, deadline.TotalMilliseconds));
        async Task ListenAsync(Listener listener)
        {
            try
            {
                while (!Ledger.Complete() && !end.IsCancellationRequested)
                {
                    var outcome = await SyncAsync(listener, poll, end.Token);
                    await PauseAfterAsync(listener, outcome, end.Token);
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // The ledger tells what is missing.
            }
        }

        if (!Ledger.Complete())
        {
            await Task.WhenAll(_listeners.Select(ListenAsync));
        }
    }

    /// <inheritdoc />
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<OperationOutcome> ExecuteAsync(PlannedOperation operation, CancellationToken cancellationToken)
    {
        var isSend = operation.Kind == OperationKind.Send;
        if (isSend)
        {
            Ledger.Sent(operation.Number, operation.Room, Sample.Due(operation.At, _clock.Now));
        }

        HttpConnection? connection = null;
        var pool = _pools[operation.User];
        try
        {
            connection = await pool.TakeAsync(cancellationToken);
            Write(connection.Request.Clear(), operation);
            (var reply, connection) = await pool.ExchangeAsync(connection, _profile.RequestTimeout, cancellationToken);
            var outcome = Outcome(reply);
            if (isSend && reply.Succeeded)
            {
                Volatile.Write(ref _newest[operation.Room]!, EventId(reply.Body.Span) ?? _newest[operation.Room]);
                Ledger.Acknowledged(operation.Number);
            }
            else if (isSend)
            {
                Ledger.Failed(operation.Number);
            }

            return outcome;
        }
        catch (Exception e) when (Reason(e) is { } reason)
        {
            if (isSend)
            {
                Ledger.Failed(operation.Number);
            }

            return OperationOutcome.NoReply(reason);
        }
        finally
        {
            if (connection is not null)
            {
                pool.Return(connection);
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask<OperationOutcome> IterateAsync(int loop, CancellationToken cancellationToken)
    {
        var listener = _listeners[loop];

        // The pause belongs to the turn after the failure, so that the failed one has its own latency.
        if (listener.PauseUntil > 0)
        {
            await _clock.UntilAsync(listener.PauseUntil, cancellationToken);
            listener.PauseUntil = 0;
        }

        var outcome = await SyncAsync(listener, _profile.Closed.Timeout, cancellationToken);
        if (outcome.Error is not null)
        {
            listener.PauseUntil = _clock.Now + NextPause(listener);
        }

        return outcome;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var pool in _pools)
        {
            pool.Dispose();
        }
    }

    private static long NextPause(Listener listener) => Math.Min(LongestPause, ShortestPause << Math.Min(6, listener.Failures++));

    private async ValueTask PauseAfterAsync(Listener listener, OperationOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Error is not null)
        {
            await _clock.UntilAsync(_clock.Now + NextPause(listener), cancellationToken);
        }
    }

    private async ValueTask<OperationOutcome> SyncAsync(Listener listener, TimeSpan wait, CancellationToken cancellationToken)
    {
        HttpConnection? connection = null;
        var pool = _pools[listener.User];
        try
        {
            connection = await pool.TakeAsync(cancellationToken);
            var request = connection.Request.Clear()
                .Add("GET /_matrix/client/v3/sync?filter="u8).Add(_population.Users[listener.User].FilterId)
                .Add("&timeout="u8).Add((long)wait.TotalMilliseconds);
            if (listener.Since is { } since)
            {
                request.Add("&since="u8).Add(Uri.EscapeDataString(since));
            }

            request.Add(_heads[listener.User]).Add("\r\n"u8);
            (var reply, connection) = await pool.ExchangeAsync(connection, wait + _profile.RequestTimeout, cancellationToken);
            var outcome = Outcome(reply);
            if (!reply.Succeeded)
            {
                return outcome;
            }

            listener.Reply.Read(reply.Body.Span, _run);
            if (listener.Reply.NextBatch is null)
            {
                return outcome with { Error = "a sync reply without next_batch" };
            }

            // What was counted must never be asked for again, or it would look like a duplicate: the token moves on at once,
            // and gaps are remembered until they are filled.
            if (listener.Since is { } before)
            {
                listener.Gaps.AddRange(listener.Reply.Gaps.Select(gap => new OpenGap(gap.RoomId, gap.Before, before)));
            }

            listener.Since = listener.Reply.NextBatch;
            Count(listener, outcome.Worker, overlaps: false);
            pool.Return(connection);
            connection = null;
            while (listener.Gaps.Count > 0)
            {
                if (await BackfillAsync(listener, listener.Gaps[^1], cancellationToken) is { Error: not null } failed)
                {
                    return failed;
                }

                listener.Gaps.RemoveAt(listener.Gaps.Count - 1);
            }

            listener.Failures = 0;
            return outcome;
        }
        catch (Exception e) when (Reason(e) is { } reason)
        {
            return OperationOutcome.NoReply(reason);
        }
        finally
        {
            if (connection is not null)
            {
                pool.Return(connection);
            }
        }
    }

    // Pages backwards from the gap's end to where the last sync stood (Client-Server API, "Syncing": limited, prev_batch).
    private async ValueTask<OperationOutcome> BackfillAsync(Listener listener, OpenGap gap, CancellationToken cancellationToken)
    {
        var pool = _pools[listener.User];
        var outcome = default(OperationOutcome);
        while (gap.From is { } from)
        {
            var started = _clock.Now;
            var connection = await pool.TakeAsync(cancellationToken);
            try
            {
                connection.Request.Clear()
                    .Add("GET /_matrix/client/v3/rooms/"u8).Add(Uri.EscapeDataString(gap.RoomId))
                    .Add("/messages?dir=b&limit=100&from="u8).Add(Uri.EscapeDataString(from))
                    .Add("&to="u8).Add(Uri.EscapeDataString(gap.Since))
                    .Add(_heads[listener.User]).Add("\r\n"u8);
                (var reply, connection) = await pool.ExchangeAsync(connection, _profile.RequestTimeout, cancellationToken);
                outcome = Outcome(reply);
                _recorder.Record(new Sample(started, started, _clock.Now, OperationKind.Backfill, (ushort)outcome.Status, outcome.Worker, outcome.Bytes));
                if (outcome.Error is { } error)
                {
                    _errors.Add(OperationKind.Backfill, error);
                    return outcome;
                }

                gap.From = listener.Reply.ReadPage(reply.Body.Span, _run, gap.RoomId);

                // Pages may reach back beyond the last sync; a client stitches them by event ID, so that is no duplicate.
                Count(listener, outcome.Worker, overlaps: true);
            }
            finally
            {
                pool.Return(connection);
            }
        }

        return outcome;
    }

    private void Count(Listener listener, ushort worker, bool overlaps)
    {
        var now = _clock.Now;
        foreach (var (number, roomId) in listener.Reply.Messages)
        {
            if (Ledger.Delivered(number, listener.User, _roomNumbers.GetValueOrDefault(roomId, -1), overlaps, out var intended))
            {
                _recorder.Record(new Sample(intended, intended, now, OperationKind.Delivery, 200, worker, 0));
            }
        }
    }

    private void Write(RequestBuffer request, PlannedOperation operation)
    {
        var room = _roomPaths[operation.Room];
        switch (operation.Kind)
        {
            case OperationKind.Send:
                var message = ArrayPool<byte>.Shared.Rent(_padding.Length + 128);
                var json = new Utf8Writer(message)
                    .Add("{\"msgtype\":\"m.text\",\"body\":\""u8).Add(_padding)
                    .Add("\",\"lab.run\":\""u8).Add(_run)
                    .Add("\",\"lab.number\":"u8).Add(operation.Number).Add("}"u8);

                // The transaction ID belongs to the device: numbers of other runs must not come again (Client-Server API, "Transaction identifiers").
                request.Add("PUT /_matrix/client/v3/rooms/"u8).Add(room).Add("/send/m.room.message/"u8).Add(_run).Add("-"u8).Add(operation.Number)
                    .Add(_heads[operation.User]).AddJson(json.Written);
                ArrayPool<byte>.Shared.Return(message);
                break;
            case OperationKind.Typing:
                // 4 s, as Element says it; the notice ends by itself.
                request.Add("PUT /_matrix/client/v3/rooms/"u8).Add(room).Add("/typing/"u8).Add(_userPaths[operation.User])
                    .Add(_heads[operation.User]).AddJson("""{"typing":true,"timeout":4000}"""u8);
                break;
            case OperationKind.Receipt:
                request.Add("POST /_matrix/client/v3/rooms/"u8).Add(room).Add("/receipt/m.read/"u8).Add(Uri.EscapeDataString(Volatile.Read(ref _newest[operation.Room]!)))
                    .Add(_heads[operation.User]).AddJson("{}"u8);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation.Kind, "not an operation of a schedule");
        }
    }

    private OperationOutcome Outcome(HttpReply reply)
    {
        var worker = Sample.NoWorker;
        for (var i = 0; i < _workers.Length; i++)
        {
            if (reply.Worker.Span.SequenceEqual(_workers[i]))
            {
                worker = (ushort)i;
                break;
            }
        }

        return new OperationOutcome(reply.Status, worker, reply.Body.Length, reply.Succeeded ? null : Refusal(reply));
    }

    // {"errcode":"M_LIMIT_EXCEEDED","error":"..."}; what the proxy says itself is HTML.
    private static string Refusal(HttpReply reply)
    {
        try
        {
            var reader = new Utf8JsonReader(reply.Body.Span);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("errcode"u8) && reader.Read())
                {
                    return $"HTTP {reply.Status} {reader.GetString()}";
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No Matrix error.
        }

        return $"HTTP {reply.Status}";
    }

    // {"event_id":"$..."}
    private static string? EventId(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("event_id"u8) && reader.Read())
            {
                return reader.GetString();
            }
        }

        return null;
    }

    /// <summary>What is counted for an exception; null: it is none of a request that failed.</summary>
    private static string? Reason(Exception e) => e switch
    {
        TimeoutException => "no reply in time",
        SocketException socket => $"connection: {socket.SocketErrorCode}",
        BrokenReplyException => e.Message,
        IOException => "connection broken",
        JsonException => "the reply is no JSON",
        _ => null,
    };

    private static string Text(int bytes)
    {
        const string words = "the quick brown fox jumps over the lazy dog and back again ";
        return string.Concat(Enumerable.Repeat(words, (bytes / words.Length) + 1))[..bytes];
    }

    /// <summary>A user with a sync open.</summary>
    private sealed class Listener(int user)
    {
        public readonly int User = user;
        public readonly SyncReply Reply = new();
        public string? Since;
        public readonly List<OpenGap> Gaps = [];
        public long PauseUntil;
        public int Failures;
    }

    /// <summary>What a limited sync left out and was not fetched yet.</summary>
    private sealed class OpenGap(string roomId, string from, string since)
    {
        public readonly string RoomId = roomId;
        public readonly string Since = since;

        /// <summary>Where the next page begins; null: the last was read.</summary>
        public string? From = from;
    }

    /// <summary>Writes into a buffer that is large enough.</summary>
    private ref struct Utf8Writer(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

        public Utf8Writer Add(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_buffer[_length..]);
            _length += bytes.Length;
            return this;
        }

        public Utf8Writer Add(int number)
        {
            System.Buffers.Text.Utf8Formatter.TryFormat(number, _buffer[_length..], out var written);
            _length += written;
            return this;
        }
    }
}
