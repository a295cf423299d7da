namespace SynapseLab.Topologies.Roles;

/// <summary>Registration and login, which hash passwords (docs/workers.md "Registration/login requests").</summary>
internal static class Login
{
    public static WorkerRole Role { get; } = new("login", "Serves registration and login.")
    {
        Resources = ["client"],
        RouteGroups = ["login"],
    };
}
