namespace SynapseLab.Topologies.Roles;

/// <summary>The user directory (docs/workers.md "Updating the User Directory").</summary>
internal static class UserDirectory
{
    public static WorkerRole Role { get; } = new("user_dir", "Keeps the user directory up to date and serves searches in it.")
    {
        Resources = ["client"],
        RouteGroups = ["user_directory"],
        NeedsListingIn = "update_user_directory_from_worker",
    };
}
