namespace SynapseLab.Deployments;

/// <summary>Signals that end a program at once, where its image names one that does not: Postgres would wait for its clients on SIGTERM,
/// nginx and HAProxy for long polls on what their images name.</summary>
public static class StopSignals
{
    /// <summary>The signal for a kind of container; null: the image's own.</summary>
    public static string? Of(ContainerKind kind) => kind switch
    {
        ContainerKind.Postgres => "SIGINT",
        ContainerKind.Proxy => "SIGTERM",
        _ => null,
    };
}
