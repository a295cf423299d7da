using SynapseLab.Runtimes;
using SynapseLab.Scenarios.Stories;

namespace SynapseLab.Scenarios;

/// <summary>Runs a scenario on a lab.</summary>
public static class ScenarioRunner
{
    /// <summary>The seed where none is given: runs differ in their names only.</summary>
    public const int DefaultSeed = 20261121;

    /// <summary>Runs it once.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="lab">A running lab of one of its topologies.</param>
    /// <param name="story">Told what happens.</param>
    /// <param name="seed">For everything random in it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="Proofs.ScenarioFailure">A claim did not hold.</exception>
    /// <exception cref="LabException">It does not run on this topology (exit code 2).</exception>
    public static async Task<TimeSpan> RunAsync(IScenario scenario, RunningLab lab, IStory story, int seed, CancellationToken cancellationToken)
    {
        var topology = lab.Deployment.Topology.Name;
        if (!scenario.Topologies.Contains(topology))
        {
            throw LabException.WrongUse(
                $"scenario '{scenario.Name}' does not run on topology '{topology}'", fix: $"It runs on {string.Join(", ", scenario.Topologies)}");
        }

        if (scenario.BreaksThings && lab.Deployment.Topology.Packing != Topologies.Packing.Separate)
        {
            throw LabException.WrongUse(
                $"scenario '{scenario.Name}' stops single processes, and in this lab they share a container", fix: "Use a topology with packing: separate");
        }

        var start = lab.Time.GetTimestamp();
        // Milliseconds since 1970 in base 32: short, and no two runs on a lab begin in the same millisecond.
        using var context = new ScenarioContext(lab, story, Base32(lab.Time.GetUtcNow().ToUnixTimeMilliseconds()), seed);
        await scenario.RunAsync(context, cancellationToken);
        return lab.Time.GetElapsedTime(start);
    }

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
