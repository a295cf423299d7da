using static System.FormattableString;

namespace SynapseLab.LoadTests.Profiles;

/// <summary>What a run may ask for at most. Far above what one machine carries, and low enough that a slip of the finger is refused before
/// anything is sent.</summary>
public static class LoadLimits
{
    /// <summary>Users of one homeserver.</summary>
    public const int MostUsers = 5000;

    /// <summary>Rooms.</summary>
    public const int MostRooms = 10_000;

    /// <summary>Members of one room, all homeservers together; each is told apart in the ledger of deliveries.</summary>
    public const int MostMembers = 1000;

    /// <summary>Operations per second.</summary>
    public const double MostRate = 5000;

    /// <summary>Operations of the schedule of one run; each message of it is remembered until the end, so that a duplicate is
    /// noticed.</summary>
    public const int MostOperations = 20_000_000;

    /// <summary>Text of a message in bytes; Synapse refuses events above 65536 bytes altogether.</summary>
    public const int MostMessageBytes = 60_000;

    /// <summary>Longest run.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromHours(24);

    /// <summary>Shortest run.</summary>
    public static readonly TimeSpan ShortestDuration = TimeSpan.FromSeconds(1);

    /// <summary>Longest time-out of a sync or a request, and longest deadline for deliveries.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    /// <summary>What is wrong with values that are good each by itself (<see cref="ProfileShape"/>), by the key that is to be changed;
    /// empty: the profile may run.</summary>
    /// <param name="profile">The profile, with what the command line replaced in it.</param>
    /// <returns>The key, such as <c>rooms.members</c>, and what is wrong and what to do.</returns>
    public static IEnumerable<(string Key, string What, string Fix)> Contradictions(LoadProfile profile)
    {
        if (profile.Rooms.Members > profile.Users)
        {
            yield return (
                "rooms.members",
                $"a room of {profile.Rooms.Members} members needs more than the {profile.Users} users that there are",
                $"Take up to {profile.Users}, or more users");
        }

        if (profile.Closed.Users > profile.Users)
        {
            yield return (
                "sync.users",
                $"{profile.Closed.Users} users who sync are more than the {profile.Users} that there are",
                $"Take up to {profile.Users}, or 'all'");
        }

        if (!(profile.Open.Mix.Sum > 0))
        {
            yield return ("mix", "none of the operations has a share above 0", "Write for example mix: {send: 6, typing: 2, receipt: 2}");
        }

        if (profile.Open.Rate * profile.Duration.TotalSeconds is > MostOperations and var operations)
        {
            yield return (
                "duration",
                Invariant($"rate times duration is {operations:0} operations, the limit is {MostOperations}"),
                "Take a lower rate or a shorter duration");
        }
    }
}
