namespace SynapseLab.Topologies.Roles;

/// <summary>A writer of the events stream, sharded by room (docs/workers.md "The events stream").</summary>
internal static class EventPersister
{
    public static WorkerRole Role { get; } = new("event_persister", "Writes events to the database for its share of the rooms; clients do not reach it.")
    {
        Replication = true,
        NeedsListingIn = "stream_writers.events",
    };
}
