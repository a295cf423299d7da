using SynapseLab.LoadTests.Profiles;
using static System.FormattableString;

namespace SynapseLab.LoadTests.Populations;

/// <summary>What a population has to look like.</summary>
/// <param name="Homeservers">Keys of the homeservers that take part, the first one first.</param>
/// <param name="Users">Users of the first.</param>
/// <param name="RemoteUsers">Users of each other.</param>
/// <param name="Members">For each room the members among the first homeserver's users; all remote users are members of every room.</param>
public sealed record PopulationShape(
    IReadOnlyList<string> Homeservers, int Users, int RemoteUsers, IReadOnlyList<IReadOnlyList<int>> Members)
{
    /// <summary>All users.</summary>
    public int AllUsers => Users + (RemoteUsers * (Homeservers.Count - 1));

    /// <summary>The shape that a profile asks for.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="members">Members of each room, from the plan.</param>
    /// <param name="homeservers">Keys of the lab's homeservers.</param>
    /// <param name="where">Place of <c>remote_users</c> in the profile.</param>
    /// <exception cref="LabException">The profile wants remote users and the lab has one homeserver, or there would be too many members
    /// (exit code 2).</exception>
    public static PopulationShape Of(
        LoadProfile profile, IReadOnlyList<IReadOnlyList<int>> members, IReadOnlyList<string> homeservers, string? where)
    {
        if (profile.RemoteUsers > 0 && homeservers.Count == 1)
        {
            throw LabException.WrongUse(
                $"profile {profile.Name} wants users on other homeservers, and this lab has only {homeservers[0]}",
                where,
                "Run it on a lab with several: ./lab up federation --detach");
        }

        var those = profile.RemoteUsers > 0 ? homeservers : [homeservers[0]];
        var shape = new PopulationShape(those, profile.Users, profile.RemoteUsers, members);
        var most = members.Max(room => room.Count) + (shape.AllUsers - shape.Users);
        return most <= LoadLimits.MostMembers && shape.AllUsers <= LoadLimits.MostUsers
            ? shape
            : throw LabException.WrongUse(
                $"with the users of {homeservers.Count - 1} other homeservers there are {shape.AllUsers} users "
                + $"and {most} members in a room, the limits are {LoadLimits.MostUsers} and {LoadLimits.MostMembers}",
                where,
                "Take fewer remote_users");
    }

    /// <summary>Everything that makes one shape differ from another, as one line.</summary>
    public override string ToString() => Invariant(
        $"{string.Join('+', Homeservers)}/{Users}/{RemoteUsers}/{string.Join(';', Members.Select(room => string.Join(',', room)))}");
}
