using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Runtimes.Processes;

namespace SynapseLab.Runtimes.Usage;

/// <summary>What a lab uses; what does not run, or whose launcher does not say, is left out.</summary>
/// <param name="Containers">By their names in the deployment.</param>
/// <param name="Parts">By their names, see <see cref="LabPart.All"/>.</param>
public sealed record LabUsage(IReadOnlyDictionary<string, ContainerUsage> Containers, IReadOnlyDictionary<string, PartUsage> Parts);
