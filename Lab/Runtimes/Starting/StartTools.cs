using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Starting;

/// <summary>What the steps of a start are taken with.</summary>
/// <param name="Root">The checkout.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Time">The clock.</param>
/// <param name="Processes">Processes and ports of this machine.</param>
internal sealed record StartTools(LabRoot Root, IContainerEngine Engine, TimeProvider Time, ProcessTable Processes)
{
    /// <summary>Removes what is left of labs.</summary>
    public LabCleaner Cleaner { get; } = new(Engine, Processes, Time);
}
