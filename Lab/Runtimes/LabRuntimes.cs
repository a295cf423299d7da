using SynapseLab.Runtimes.Compose;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Starting;

namespace SynapseLab.Runtimes;

/// <summary>A runtime that a user can choose.</summary>
/// <param name="Name">Its word for <c>--runtime</c>, equal to <see cref="ILabRuntime.Name"/>.</param>
/// <param name="Create">Makes it for an engine; the cleaner removes what is found by label.</param>
public sealed record RuntimeChoice(string Name, Func<IContainerEngine, LabCleaner, ILabRuntime> Create);

/// <summary>The runtimes of this assembly, the default first. A new one is a folder beside this file and a line here.</summary>
public static class LabRuntimes
{
    /// <summary>The runtimes.</summary>
    public static IReadOnlyList<RuntimeChoice> All { get; } =
    [
        new("compose", (engine, cleaner) => new ComposeRuntime(engine, cleaner)),
    ];
}
