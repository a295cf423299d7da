namespace SynapseLab.Topologies.Roles;

/// <summary>Sends, joins and other requests that make events (docs/workers.md "Event sending requests").</summary>
internal static class EventCreator
{
    public static WorkerRole Role { get; } = new("event_creator", "Makes the events that clients send, and hands them to their persisters.")
    {
        Resources = ["client"],
        RouteGroups = ["event_sending"],
    };
}
