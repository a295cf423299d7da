using SynapseLab.Topologies;

namespace SynapseLab.Scenarios;

/// <summary>One behaviour of a Synapse deployment, driven as clients and other homeservers would and proven from evidence. Needs nothing
/// but a running lab; leaves users and rooms behind, and every process running.</summary>
public interface IScenario
{
    /// <summary>What it is called on the command line: <c>sync-affinity</c>.</summary>
    string Name { get; }

    /// <summary>What it proves, one sentence.</summary>
    string Summary { get; }

    /// <summary>Names of the lab's own topologies that it is run on, the preferred one first.</summary>
    IReadOnlyList<string> Topologies { get; }

    /// <summary>What a topology lacks for it: <c>at least two writers of the events stream</c>; null where it can run. It asks for what it
    /// needs and not for names, so that it runs on a user's own topology too.</summary>
    string? Lacks(Topology topology);

    /// <summary>Whether it stops processes: nothing else should use the lab meanwhile.</summary>
    bool BreaksThings { get; }

    /// <summary>Does it.</summary>
    /// <exception cref="Proofs.ScenarioFailure">A claim did not hold.</exception>
    Task RunAsync(ScenarioContext context, CancellationToken cancellationToken);
}
