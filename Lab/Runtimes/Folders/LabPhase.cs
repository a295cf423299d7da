namespace SynapseLab.Runtimes.Folders;

/// <summary>How far a lab came.</summary>
public enum LabPhase
{
    /// <summary>Containers are being started.</summary>
    Starting,

    /// <summary>Everything was healthy once.</summary>
    Running,

    /// <summary>The start failed, and what there is of the lab is kept for a look until it is taken down.</summary>
    Failed,
}
