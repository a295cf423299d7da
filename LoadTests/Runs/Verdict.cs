using System.Globalization;
using SynapseLab.LoadTests.Deliveries;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.LoadTests.Reports;

namespace SynapseLab.LoadTests.Runs;

/// <summary>Whether a run's result can be relied on.</summary>
public static class Verdict
{
    /// <summary>What speaks against it, a sentence each; empty: nothing.</summary>
    /// <param name="profile">What was asked for.</param>
    /// <param name="operations">What was measured.</param>
    /// <param name="deliveries">What became of the messages.</param>
    /// <param name="end">How the run ended.</param>
    public static IReadOnlyList<string> Of(LoadProfile profile, IReadOnlyList<OperationResult> operations, DeliveryCount deliveries, RunEnd end)
    {
        var problems = new List<string>();
        if (deliveries.Lost > 0)
        {
            problems.Add(Text($"{deliveries.Lost} of {deliveries.Expected} deliveries {(end == RunEnd.Complete ? "were" : "had")} {end.Missing()} ({deliveries.LostMessages} messages){(end == RunEnd.Complete ? "" : " when the wait for them was broken off")}"));
        }

        if (deliveries.Duplicated > 0)
        {
            problems.Add(Text($"{deliveries.Duplicated} deliveries were duplicates"));
        }

        if (deliveries.Misdirected > 0)
        {
            problems.Add(Text($"{deliveries.Misdirected} deliveries went to users who are not in the room"));
        }

        var open = operations.Where(operation => operation.Workload == "open").ToArray();
        var (done, failed) = (open.Sum(operation => operation.Done), open.Sum(operation => operation.Failed));
        if (failed > profile.AllowedErrors * done)
        {
            problems.Add(Text($"{failed} of {done} operations of the schedule failed, {profile.AllowedErrors:P1} may"));
        }

        // Whatever a loop's failed sync hid shows in the deliveries; but a run of nothing else would look clean.
        foreach (var closed in operations.Where(operation => operation.Workload == "closed" && operation.Failed > profile.AllowedErrors * operation.Done))
        {
            problems.Add(Text($"{closed.Failed} of {closed.Done} {closed.Operation}s failed, {profile.AllowedErrors:P1} may"));
        }

        if (end == RunEnd.Complete && open.Sum(operation => operation.Planned ?? 0) is var planned && planned != done)
        {
            problems.Add(Text($"{done} operations ended, {planned} were planned"));
        }

        return problems;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
