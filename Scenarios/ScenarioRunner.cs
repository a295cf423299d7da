using SynapseLab.Plans;
using SynapseLab.Runtimes;
using SynapseLab.Scenarios.Stories;
using SynapseLab.Topologies;

namespace SynapseLab.Scenarios;

/// <summary>Runs a scenario on a lab.</summary>
public static class ScenarioRunner
{
    /// <summary>The seed of the lab's own tests: their runs differ in names only.</summary>
    public const int DefaultSeed = 20261121;

    /// <summary>Runs it once.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="lab">A running lab.</param>
    /// <param name="story">Told what happens.</param>
    /// <param name="seed">For everything random in it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="Proofs.ScenarioFailure">A claim did not hold.</exception>
    /// <exception cref="LabException">The topology lacks something that it needs (exit code 2).</exception>
    public static async Task<TimeSpan> RunAsync(
        IScenario scenario, RunningLab lab, IStory story, int seed, CancellationToken cancellationToken)
    {
        CheckFits(scenario, lab.Deployment.Topology);
        DelegatedLogin.Refuse(lab.Deployment.Homeservers, $"scenario '{scenario.Name}'");
        var start = lab.Time.GetTimestamp();
        // Milliseconds since 1970 in base 32: short, and no two runs on a lab begin in the same millisecond.
        using var trace = ScenarioTrace.Begin(scenario, lab.Name, seed, story);
        using var context = new ScenarioContext(lab, trace, Base32(lab.Time.GetUtcNow().ToUnixTimeMilliseconds()), seed);
        try
        {
            await scenario.RunAsync(context, cancellationToken);
        }
        catch (Exception failure)
        {
            trace.Failed(failure);
            throw;
        }

        return lab.Time.GetElapsedTime(start);
    }

    /// <summary>Makes sure that a topology has what a scenario needs.</summary>
    /// <exception cref="LabException">It lacks something (exit code 2); the message says what.</exception>
    public static void CheckFits(IScenario scenario, Topology topology)
    {
        if (scenario.Lacks(topology) is { } lacking)
        {
            throw LabException.WrongUse(
                $"scenario '{scenario.Name}' can't run on topology '{topology.Name}', which lacks {lacking}",
                fix: $"It runs on {string.Join(", ", scenario.Topologies)}");
        }
    }

    /// <summary>The lab that a scenario is best run on: of the most preferred topology, and with all that it needs, since a user may have
    /// changed or packed a topology and kept its name.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="topologies">Names of topologies, the preferred one first.</param>
    /// <param name="running">Name and topology of the labs that run.</param>
    /// <returns>The lab's name; null where none will do.</returns>
    public static string? ChooseLab(
        IScenario scenario, IReadOnlyList<string> topologies, IEnumerable<(string Name, Topology Topology)> running) =>
        running
            .Where(lab => topologies.Contains(lab.Topology.Name) && scenario.Lacks(lab.Topology) is null)
            .OrderBy(lab => topologies.Index().First(topology => topology.Item == lab.Topology.Name).Index)
            .ThenBy(lab => lab.Name, StringComparer.Ordinal)
            .Select(lab => lab.Name)
            .FirstOrDefault();

    private static string Base32(long number)
    {
        const string digits = "0123456789abcdefghjkmnpqrstvwxyz";
        Span<char> text = stackalloc char[13];
        var i = text.Length;
        for (; number > 0; number /= digits.Length)
        {
            text[--i] = digits[(int)(number % digits.Length)];
        }

        return text[i..].ToString();
    }
}
