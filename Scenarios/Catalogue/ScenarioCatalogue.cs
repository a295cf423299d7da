using SynapseLab.Yaml;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>All scenarios the lab knows. A new one is one file under Catalogue/ and one line here.</summary>
public static class ScenarioCatalogue
{
    /// <summary>In the order in which they are listed and make sense to run: those that break things come last in each group.</summary>
    public static IReadOnlyList<IScenario> All { get; } =
    [
        new FirstProof(),
        new SyncAffinity(),
        new SyncSpread(),
        new SyncPools(),
        new SyncFailover(),
        new EventSharding(),
        new RoomMinting(),
        new IdlePersister(),
        new DatabaseKilled(),
        new FederationSharding(),
        new FederationBothWays(),
        new FederationRestricted(),
        new FederationCatchUp(),
    ];

    /// <summary>A scenario by name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="among">Those there are; null: <see cref="All"/>.</param>
    /// <exception cref="LabException">There is none of that name (exit code 2); the message lists those there are.</exception>
    public static IScenario Find(string name, IReadOnlyList<IScenario>? among = null) =>
        (among ?? All).FirstOrDefault(scenario => scenario.Name == name)
        ?? throw LabException.WrongUse(
            $"there is no scenario '{name}'",
            fix: Spelling.SuggestAmong(name, (among ?? All).Select(scenario => scenario.Name), "There are"));
}
