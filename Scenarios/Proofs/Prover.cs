using SynapseLab.Scenarios.Stories;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Proofs;

/// <summary>
/// Puts claims to their witnesses. What happens in other processes shows late, so each witness is asked again until it bears the claim
/// out or the deadline passes; then the failure tells what each saw at each attempt.
/// </summary>
/// <param name="waiter">Asks again.</param>
/// <param name="story">Told what was seen.</param>
public sealed class Prover(Waiter waiter, IStory story)
{
    /// <summary>How long evidence may take to show where nothing else is said. Generous, since it only costs time when a claim is
    /// wrong.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>A claim about what the processes did: at least two different sources have to bear it out.</summary>
    /// <param name="claim">A statement: <c>every row of events carries events_persister1</c>.</param>
    /// <param name="witnesses">The sources.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="deadline">Null: <see cref="Deadline"/>.</param>
    /// <exception cref="ScenarioFailure">A witness did not bear it out in time.</exception>
    /// <exception cref="ArgumentException">Fewer than two different sources: the scenario is wrong.</exception>
    public Task ProveAsync(
        string claim, IReadOnlyList<Witness> witnesses, CancellationToken cancellationToken, TimeSpan? deadline = null) =>
        witnesses.Select(witness => witness.Source).Distinct().Count() < 2
            ? throw new ArgumentException($"'{claim}' needs evidence from two different sources", nameof(witnesses))
            : AskAsync(claim, witnesses, deadline ?? Deadline, cancellationToken);

    /// <summary>A claim about what a client is given, which the client alone decides.</summary>
    /// <param name="claim">A statement: <c>Bob sees all 100 messages</c>.</param>
    /// <param name="lookAsync">One look.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="deadline">Null: <see cref="Deadline"/>.</param>
    /// <exception cref="ScenarioFailure">It did not come true in time.</exception>
    public Task ExpectAsync(
        string claim,
        Func<CancellationToken, Task<Observation>> lookAsync,
        CancellationToken cancellationToken,
        TimeSpan? deadline = null) =>
        AskAsync(claim, [new Witness(EvidenceSource.Client, lookAsync)], deadline ?? Deadline, cancellationToken);

    /// <summary>A claim that is either true now or never will be.</summary>
    /// <exception cref="ScenarioFailure">It is not true.</exception>
    public void Require(string claim, Observation look)
    {
        if (!look.Holds)
        {
            throw new ScenarioFailure(claim, [new Problem(look.Seen)]);
        }

        story.Saw($"{claim}: {look.Seen}");
    }

    private async Task AskAsync(string claim, IReadOnlyList<Witness> witnesses, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var seen = new string[witnesses.Count];
        var checks = witnesses.Select((witness, i) => new Condition(
            $"{claim}, by {Name(witness.Source)}",
            async token =>
            {
                var look = await witness.LookAsync(token);
                seen[i] = $"{Name(witness.Source)}: {look.Seen}";
                return look;
            })).ToArray();
        try
        {
            await waiter.UntilAsync(deadline, checks, null, cancellationToken);
        }
        catch (LabException e)
        {
            throw new ScenarioFailure(claim, e.Problems);
        }

        story.Saw(claim);
        foreach (var line in seen)
        {
            story.Saw($"  {line}");
        }
    }

    private static string Name(EvidenceSource source) => source switch
    {
        EvidenceSource.ProxyLog => "the proxy's log",
        EvidenceSource.Metrics => "the processes' metrics",
        EvidenceSource.Database => "the database",
        EvidenceSource.ReceivingServer => "the receiving server",
        _ => "the client",
    };
}
