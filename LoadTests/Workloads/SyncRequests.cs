using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>Syncs, and the history that limited ones leave out.</summary>
/// <param name="users">Connections.</param>
/// <param name="arrived">Takes the messages that come.</param>
/// <param name="run">Mark of the run, by which its messages are known.</param>
/// <param name="instruments">Take the backfills; the driver records the syncs.</param>
internal sealed class SyncRequests(UserConnections users, ArrivedMessages arrived, byte[] run, RunInstruments instruments)
{
    /// <summary>One sync, and pages of history for whatever it left out.</summary>
    /// <param name="listener">Whose.</param>
    /// <param name="poll">How long the server may wait for something to happen.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async ValueTask<OperationOutcome> SyncAsync(Listener listener, TimeSpan poll, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await OnceAsync(listener, poll, cancellationToken);
            while (outcome.Error is null && listener.Gaps.TryPeek(out var gap))
            {
                if (await BackfillAsync(listener, gap, cancellationToken) is { Error: not null } failed)
                {
                    return failed;
                }

                listener.Gaps.Pop();
            }

            if (outcome.Error is null)
            {
                listener.Succeeded();
            }

            return outcome;
        }
        catch (Exception e) when (ReplyOutcomes.Reason(e) is { } reason)
        {
            return OperationOutcome.NoReply(reason);
        }
    }

    private async ValueTask<OperationOutcome> OnceAsync(Listener listener, TimeSpan poll, CancellationToken cancellationToken)
    {
        using var exchange = await users.OpenAsync(listener.User, cancellationToken);
        var request = exchange.Request
            .Add("GET /_matrix/client/v3/sync?filter="u8).Add(listener.FilterId)
            .Add("&timeout="u8).Add((long)poll.TotalMilliseconds);
        if (listener.Since is { } since)
        {
            request.Add("&since="u8).Add(Uri.EscapeDataString(since));
        }

        request.Add(users.Head(listener.User)).Add("\r\n"u8);
        var outcome = await exchange.SendAsync(poll, cancellationToken);
        if (outcome.Error is not null)
        {
            return outcome;
        }

        listener.Reply.Read(exchange.Body.Span, run);
        if (listener.Reply.NextBatch is null)
        {
            return outcome with { Error = "a sync reply without next_batch" };
        }

        listener.MoveOn();
        arrived.Count(listener, outcome.Worker, overlaps: false);
        return outcome;
    }

    // Pages backwards from the gap's end to where the last sync stood (Client-Server API, "Syncing": limited, prev_batch).
    private async ValueTask<OperationOutcome> BackfillAsync(Listener listener, OpenGap gap, CancellationToken cancellationToken)
    {
        var outcome = default(OperationOutcome);
        while (gap.From is { } from)
        {
            var started = instruments.Clock.Now;
            using var exchange = await users.OpenAsync(listener.User, cancellationToken);
            exchange.Request
                .Add("GET /_matrix/client/v3/rooms/"u8).Add(Uri.EscapeDataString(gap.RoomId))
                .Add("/messages?dir=b&limit=100&from="u8).Add(Uri.EscapeDataString(from))
                .Add("&to="u8).Add(Uri.EscapeDataString(gap.Since))
                .Add(users.Head(listener.User)).Add("\r\n"u8);
            outcome = await exchange.SendAsync(TimeSpan.Zero, cancellationToken);
            instruments.Record(OperationKind.Backfill, started, started, outcome);
            if (outcome.Error is not null)
            {
                return outcome;
            }

            gap.From = listener.Reply.ReadPage(exchange.Body.Span, run, gap.RoomId);

            // Pages may reach back beyond the last sync; a client stitches them by event ID, so that is no duplicate.
            arrived.Count(listener, outcome.Worker, overlaps: true);
        }

        return outcome;
    }
}
