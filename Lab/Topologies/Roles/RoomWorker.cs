namespace SynapseLab.Topologies.Roles;

/// <summary>/messages of a room, which gains from one process having its cache (docs/workers.md: "Additionally, the following endpoints ... pagination").</summary>
internal static class RoomWorker
{
    public static WorkerRole Role { get; } = new("room_worker", "Serves the history of rooms (/messages), each room from one process.")
    {
        Resources = ["client"],
        RouteGroups = ["pagination"],
    };
}
