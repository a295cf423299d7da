using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Planning;
using SynapseLab.LoadTests.Profiles;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class LoadPlanTests
{
    private static readonly LoadProfile Profile = new()
    {
        Name = "test",
        Users = 20,
        Rooms = new RoomShape(10, 4, Popularity.Even),
        Duration = TimeSpan.FromMinutes(10),
        Open = new OpenWorkload(50, Arrival.Poisson, new OperationMix(6, 2, 2)),
        Closed = new ClosedWorkload(null, TimeSpan.FromSeconds(30)),
    };

    [Fact]
    public void The_same_seed_gives_the_same_schedule() =>
        Assert.Equal(new LoadPlan(Profile).Schedule(), new LoadPlan(Profile).Schedule());

    [Fact]
    public void Another_seed_gives_another_schedule_in_the_same_rooms()
    {
        var other = new LoadPlan(Profile with { Seed = 2 });
        Assert.NotEqual(new LoadPlan(Profile).Schedule(), other.Schedule());
        Assert.Equal(new LoadPlan(Profile).Members, other.Members);
    }

    // Written down, so that a change of the random numbers is noticed: results of before could not be compared with those of after.
    [Fact]
    public void The_schedule_of_seed_1_stays_what_it_is()
    {
        var first = new LoadPlan(Profile).Schedule().First();
        Assert.Equal((16_720_110L, OperationKind.Typing, 1, 9), (first.At, first.Kind, first.User, first.Room));
        Assert.Equal([17976, 6024, 5998, 0, 0, 0, 0], new LoadPlan(Profile).Counts());
    }

    [Fact]
    public void Starts_lie_in_order_inside_of_the_duration()
    {
        long last = 0;
        foreach (var operation in new LoadPlan(Profile).Schedule())
        {
            Assert.InRange(operation.At, last, 600_000_000_000 - 1);
            last = operation.At;
        }
    }

    [Fact]
    public void A_steady_schedule_has_exactly_rate_times_duration_operations_at_equal_gaps()
    {
        var plan = new LoadPlan(Profile with { Open = Profile.Open with { Arrival = Arrival.Steady } });
        var starts = plan.Schedule().Select(operation => operation.At).ToArray();
        Assert.Equal(30_000, starts.Length);
        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.Equal(20_000_000, pair.Second - pair.First));
    }

    // 4 standard deviations of a Poisson count of 30000; a wrong rate is far outside.
    [Fact]
    public void A_poisson_schedule_has_the_rate_on_average() =>
        Assert.InRange(new LoadPlan(Profile).Schedule().Count(), 30_000 - (4 * 173), 30_000 + (4 * 173));

    [Fact]
    public void Only_members_of_a_room_act_in_it()
    {
        var plan = new LoadPlan(Profile);
        Assert.All(plan.Schedule(), operation => Assert.Contains(operation.User, plan.Members[operation.Room]));
    }

    [Fact]
    public void Every_user_is_in_as_many_rooms_as_any_other()
    {
        var rooms = new LoadPlan(Profile).Members.SelectMany(members => members).GroupBy(user => user).Select(group => group.Count());
        Assert.Equal(Enumerable.Repeat(2, 20), rooms);
    }

    [Fact]
    public void Even_rooms_get_equal_shares_and_zipf_rooms_shares_by_rank()
    {
        int[] Spread(Popularity popularity) =>
            [
            .. new LoadPlan(Profile with { Rooms = Profile.Rooms with { Popularity = popularity } }).Schedule()
                .GroupBy(operation => operation.Room)
                .OrderBy(group => group.Key)
                .Select(group => group.Count()),
        ];

        // The first of ten ranks has 1 / (1 + 1/2 + ... + 1/10) = 0.341 of all, the tenth a tenth of that.
        Assert.All(Spread(Popularity.Even), count => Assert.InRange(count, 2750, 3250));
        var zipf = Spread(Popularity.Zipf);
        Assert.InRange(zipf[0], 9_800, 10_700);
        Assert.InRange(zipf[9], 900, 1_150);
    }
}
