namespace SynapseLab.Topologies;

/// <summary>How the Synapse processes of one homeserver are put into containers.</summary>
public enum Packing
{
    /// <summary>One container per process (<c>separate</c>); the default, and the only way for runs that break things.</summary>
    Separate,

    /// <summary>Main and workers of a homeserver forked after the imports inside one container (<c>one-container</c>):
    /// starts faster and needs less memory.</summary>
    OneContainer,
}
