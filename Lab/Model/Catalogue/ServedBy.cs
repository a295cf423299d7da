namespace SynapseLab.Catalogue;

/// <summary>Which kind of process may serve a request.</summary>
public enum ServerKind
{
    /// <summary>The main process only (<c>main</c>).</summary>
    Main,

    /// <summary>Any worker with the right resource (<c>any</c>).</summary>
    Any,

    /// <summary>Any worker, but one and the same for all requests of the group (<c>single</c>): the state lives in its memory.</summary>
    Single,

    /// <summary>A writer of a stream (<c>{stream: typing}</c>); main where no writer is configured,
    /// unless any worker may serve it then.</summary>
    StreamWriter,

    /// <summary>A process that runs the media repository (<c>media_repository</c>).</summary>
    MediaRepository,

    /// <summary>No process: the proxy refuses the request (<c>nobody</c>).</summary>
    Nobody,
}

/// <summary>Who may serve a request, according to Synapse.</summary>
/// <param name="Kind">The kind of process.</param>
/// <param name="Stream">The stream, for <see cref="ServerKind.StreamWriter"/>: <c>typing</c>; null otherwise.</param>
/// <param name="OrAny">Whether any worker may serve it where main writes the stream (<c>{stream: device_lists, otherwise: any}</c>):
/// it hands what is to be written on.</param>
public readonly record struct ServedBy(ServerKind Kind, string? Stream = null, bool OrAny = false)
{
    /// <summary>Whether no topology gives it to more than one process: nothing is left to choose for an affinity.</summary>
    public bool IsOneProcess => Kind switch
    {
        ServerKind.Any or ServerKind.MediaRepository => false,
        ServerKind.StreamWriter => !OrAny && !StreamRule.Find(Stream!).ManyWriters,
        _ => true,
    };

    /// <summary>In the catalogue's words: <c>any</c>, <c>stream typing</c>.</summary>
    public override string ToString() => Kind switch
    {
        ServerKind.Main => "main",
        ServerKind.Any => "any",
        ServerKind.Single => "single",
        ServerKind.StreamWriter => $"stream {Stream}{(OrAny ? ", else any" : "")}",
        ServerKind.MediaRepository => "media_repository",
        _ => "nobody",
    };
}
