namespace SynapseLab.Runtimes.Parts;

/// <summary>Kinds of <see cref="ImposedFault"/>.</summary>
public enum FaultKind
{
    /// <summary><see cref="Verb.Stop"/>.</summary>
    Stopped,

    /// <summary><see cref="Verb.Kill"/>.</summary>
    Killed,

    /// <summary><see cref="Verb.Pause"/>.</summary>
    Paused,

    /// <summary><see cref="Verb.Partition"/>.</summary>
    CutOff,
}
