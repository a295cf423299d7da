using SynapseLab.Topologies.Roles;

namespace SynapseLab.Topologies;

/// <summary>All roles that a worker can have. A new role is a file in Roles/ and a line here.</summary>
public static class WorkerRoles
{
    /// <summary>The roles, in the order of the documentation: those that serve requests first.</summary>
    public static IReadOnlyList<WorkerRole> All { get; } =
    [
        GenericWorker.Role,
        Synchrotron.Role,
        InitialSynchrotron.Role,
        ClientReader.Role,
        EventCreator.Role,
        RoomWorker.Role,
        Login.Role,
        FederationReader.Role,
        FederationInbound.Role,
        UserDirectory.Role,
        MediaRepository.Role,
        EventPersister.Role,
        Roles.StreamWriter.Role,
        FederationSender.Role,
        Pusher.Role,
        BackgroundWorker.Role,
        Appservice.Role,
    ];

    /// <summary>The role of that name, or null.</summary>
    public static WorkerRole? Find(string name) => All.FirstOrDefault(role => role.Name == name);
}
