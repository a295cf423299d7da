using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Runs;

/// <summary>Whether a run's result can be relied on.</summary>
/// <param name="Saturated">Whether the run did not keep its plan: what was asked for is more than was carried.</param>
/// <param name="Problems">What speaks against it, a sentence each; empty: nothing.</param>
internal sealed record Verdict(bool Saturated, IReadOnlyList<string> Problems)
{
    // One in a hundred may be held up by chance.
    private const double KeptShare = 0.99;

    /// <summary>Weighs a run.</summary>
    /// <param name="profile">What was asked for.</param>
    /// <param name="operations">What was measured.</param>
    /// <param name="deliveries">What became of the messages.</param>
    /// <param name="end">How the run ended.</param>
    /// <param name="loadSeconds">How long the load lasted.</param>
    public static Verdict Of(
        LoadProfile profile, IReadOnlyList<OperationResult> operations, DeliveryCount deliveries, RunEnd end, double loadSeconds)
    {
        var problems = new List<string>();
        var notKept = end == RunEnd.Complete ? NotKept(profile, operations, deliveries, loadSeconds) : null;
        if (notKept is not null)
        {
            problems.Add(notKept);
        }

        problems.AddRange(WrongDeliveries(deliveries, end));
        var open = operations.Where(operation => operation.Workload == "open").ToArray();
        var (done, failed) = (open.Sum(operation => operation.Done), open.Sum(operation => operation.Failed));
        if (failed > profile.AllowedErrors * done)
        {
            problems.Add(Invariant($"{failed} of {done} operations of the schedule failed, {profile.AllowedErrors:P1} may"));
        }

        // Whatever a loop's failed sync hid shows in the deliveries; but a run of nothing else would look clean.
        var loops = operations.Where(operation => operation.Workload == "closed");
        foreach (var closed in loops.Where(operation => operation.Failed > profile.AllowedErrors * operation.Done))
        {
            problems.Add(Invariant($"{closed.Failed} of {closed.Done} {closed.Operation}s failed, {profile.AllowedErrors:P1} may"));
        }

        if (end == RunEnd.Complete && open.Sum(operation => operation.Planned ?? 0) is var planned && planned != done)
        {
            problems.Add(Invariant($"{done} operations ended, {planned} were planned"));
        }

        return new Verdict(notKept is not null, problems);
    }

    /// <summary>A run keeps its plan when nearly all operations have ended and nearly all deliveries have come when the planned time is
    /// over, and a little later: whatever a server carries does not pile up.</summary>
    /// <returns>A sentence with the numbers; null: it was kept.</returns>
    private static string? NotKept(
        LoadProfile profile, IReadOnlyList<OperationResult> operations, DeliveryCount deliveries, double loadSeconds)
    {
        var open = operations.Where(operation => operation.Workload == "open").ToArray();
        var (planned, onTime) = (open.Sum(operation => operation.Planned ?? 0), open.Sum(operation => operation.OnTime));
        var seconds = profile.Duration.TotalSeconds;
        var grace = Invariant($"{profile.KeptUntil.TotalSeconds - seconds:0.#} s after the planned {seconds:0.#} s");
        if (onTime < KeptShare * planned)
        {
            var rate = open.Sum(operation => operation.PerSecond);
            return Invariant($"it did not keep its plan: {onTime} of {planned} operations had ended {grace}; ")
                + Invariant($"they took {loadSeconds:0.0} s, {rate:0.0}/s instead of {planned / seconds:0.0}/s");
        }

        var come = operations.FirstOrDefault(operation => operation.Operation == "delivery")?.OnTime ?? 0;
        // Of those that came at all: what is lost is told as that.
        return come < KeptShare * deliveries.Delivered
            ? Invariant($"it did not keep its plan: {come} of {deliveries.Delivered} deliveries had come {grace}")
            : null;
    }

    private static IEnumerable<string> WrongDeliveries(DeliveryCount deliveries, RunEnd end)
    {
        if (deliveries.Lost > 0)
        {
            var (had, when) = end == RunEnd.Complete ? ("were", "") : ("had", " when the wait for them was broken off");
            yield return Invariant($"{deliveries.Lost} of {deliveries.Expected} deliveries {had} {end.Missing()} ")
                + Invariant($"({deliveries.LostMessages} messages){when}");
        }

        if (deliveries.Duplicated > 0)
        {
            yield return Invariant($"{deliveries.Duplicated} deliveries were duplicates");
        }

        if (deliveries.Misdirected > 0)
        {
            yield return Invariant($"{deliveries.Misdirected} deliveries came in a room that they were not sent to, ")
                + "or to users who are not in it";
        }

        if (deliveries.OutOfOrder > 0)
        {
            yield return Invariant($"{deliveries.OutOfOrder} deliveries came after a message that was sent later");
        }
    }
}
