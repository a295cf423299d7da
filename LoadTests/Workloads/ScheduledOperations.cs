using System.Runtime.CompilerServices;
using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;

namespace SynapseLab.LoadTests.Workloads;

/// <summary>The open part: sends, typing notices and receipts, each of them one request.</summary>
/// <param name="users">Connections.</param>
/// <param name="requests">What they send.</param>
/// <param name="ledger">Told which messages have to arrive.</param>
/// <param name="clock">The run's clock.</param>
internal sealed class ScheduledOperations(UserConnections users, OperationRequests requests, DeliveryLedger ledger, RunClock clock)
{
    /// <summary>See <see cref="IWorkload.ExecuteAsync"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<OperationOutcome> ExecuteAsync(PlannedOperation operation, CancellationToken cancellationToken)
    {
        if (operation.Kind != OperationKind.Send)
        {
            return await RequestAsync(operation, cancellationToken);
        }

        ledger.Sent(operation.Number, operation.Room, Sample.Due(operation.At, clock.Now));
        var outcome = await RequestAsync(operation, cancellationToken);
        if (outcome.Error is null)
        {
            ledger.Acknowledged(operation.Number);
        }
        else
        {
            ledger.Failed(operation.Number);
        }

        return outcome;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<OperationOutcome> RequestAsync(PlannedOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            using var exchange = await users.OpenAsync(operation.User, cancellationToken);
            requests.Write(exchange.Request, operation);
            var outcome = await exchange.SendAsync(TimeSpan.Zero, cancellationToken);
            if (operation.Kind == OperationKind.Send && outcome.Error is null)
            {
                requests.Sent(operation.Room, exchange.Body.Span);
            }

            return outcome;
        }
        catch (Exception e) when (ReplyOutcomes.Reason(e) is { } reason)
        {
            return OperationOutcome.NoReply(reason);
        }
    }
}
