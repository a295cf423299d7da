using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Profiles;

namespace SynapseLab.LoadTests.Planning;

/// <summary>
/// Everything about a run that chance decides, decided before it: who is in which room, and when which operation starts, by whom and where.
/// A pure function of the profile: the same profile and seed give the same plan, whichever driver carries it out.
/// </summary>
public sealed class LoadPlan
{
    private readonly double[] _roomShares;

    /// <summary>Makes the plan of a profile.</summary>
    public LoadPlan(LoadProfile profile)
    {
        Profile = profile;
        Members = [.. Enumerable.Range(0, profile.Rooms.Count).Select(MembersOf)];
        _roomShares = Shares(profile.Rooms);
    }

    /// <summary>What the plan is of.</summary>
    public LoadProfile Profile { get; }

    /// <summary>For each room the indexes of its members among the first homeserver's users, rising.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Members { get; }

    /// <summary>The schedule, in order of time. Can be enumerated any number of times, with the same result.</summary>
    public IEnumerable<PlannedOperation> Schedule()
    {
        var random = new SeededRandom(Profile.Seed);
        var end = Profile.Duration.TotalSeconds * 1e9;
        var gap = 1e9 / Profile.Open.Rate;
        double at = 0;
        for (var number = 0; ; number++)
        {
            // Steady by multiplication, so that a day of small gaps does not add up their rounding.
            at = Profile.Open.Arrival == Arrival.Steady ? number * gap : at - (gap * Math.Log(1 - random.NextDouble()));
            if (at >= end)
            {
                yield break;
            }

            var kind = Kind(random.NextDouble() * Profile.Open.Mix.Sum);
            var room = Room(random.NextDouble());
            var members = Members[room];
            yield return new PlannedOperation(number, (long)at, kind, members[random.Next(members.Count)], room);
        }
    }

    /// <summary>How many operations of each kind the schedule has, in the order of <see cref="OperationKind"/>.</summary>
    public IReadOnlyList<int> Counts()
    {
        var counts = new int[OperationKinds.Count];
        foreach (var operation in Schedule())
        {
            counts[(int)operation.Kind]++;
        }

        return counts;
    }

    // Neighbours in a ring: every user is in as many rooms as any other, and which rooms does not depend on the seed, so that a
    // run with another seed finds the rooms that an earlier one made.
    private int[] MembersOf(int room)
    {
        var members = Math.Min(Profile.Rooms.Members, Profile.Users);
        var first = (int)((long)room * Profile.Users / Profile.Rooms.Count);
        return [.. Enumerable.Range(0, members).Select(i => (first + i) % Profile.Users).Order()];
    }

    private OperationKind Kind(double point) =>
        point < Profile.Open.Mix.Send ? OperationKind.Send
        : point < Profile.Open.Mix.Send + Profile.Open.Mix.Typing ? OperationKind.Typing
        : OperationKind.Receipt;

    private int Room(double point)
    {
        var index = Array.BinarySearch(_roomShares, point);
        return Math.Min(index >= 0 ? index + 1 : ~index, _roomShares.Length - 1);
    }

    // Upper ends of the rooms' shares of [0, 1).
    private static double[] Shares(RoomShape rooms)
    {
        var ends = new double[rooms.Count];
        double sum = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            sum += rooms.Popularity == Popularity.Zipf ? 1.0 / (i + 1) : 1;
            ends[i] = sum;
        }

        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] /= sum;
        }

        return ends;
    }
}
