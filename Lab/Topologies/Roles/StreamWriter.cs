namespace SynapseLab.Topologies.Roles;

/// <summary>A writer of streams other than events, whose endpoints it serves itself (docs/workers.md "Stream writers").</summary>
internal static class StreamWriter
{
    public static WorkerRole Role { get; } = new("stream_writer", "Writes the streams that stream_writers names it for, and serves their endpoints.")
    {
        Resources = ["client"],
        Replication = true,
        NeedsListingIn = "stream_writers",
    };
}
