namespace SynapseLab.Topologies.Roles;

/// <summary>Reads of clients (docs/workers.md "Client API requests").</summary>
internal static class ClientReader
{
    public static WorkerRole Role { get; } = new("client_reader", "Serves what clients read: rooms, members, state, profiles, devices, keys.")
    {
        Resources = ["client"],
        RouteGroups = ["client_reads", "encryption"],
    };
}
