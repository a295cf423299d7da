namespace SynapseLab.Runtimes.Parts;

/// <summary>How far a part runs.</summary>
public enum PartRun
{
    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is frozen.</summary>
    Paused,

    /// <summary>It has ended, or was never started.</summary>
    Ended,

    /// <summary>Its container was removed.</summary>
    Gone,
}
