using static System.FormattableString;

namespace SynapseLab.LoadTests.Profiles;

/// <summary>What a run may ask for at most. Far above what one machine carries, and low enough that a slip of the finger is refused before anything is sent.</summary>
public static class LoadLimits
{
    /// <summary>Users of one homeserver.</summary>
    public const int Users = 5000;

    /// <summary>Rooms.</summary>
    public const int Rooms = 10_000;

    /// <summary>Members of one room, all homeservers together; each is told apart in the ledger of deliveries.</summary>
    public const int Members = 1000;

    /// <summary>Operations per second.</summary>
    public const double Rate = 5000;

    /// <summary>Longest run.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromHours(24);

    /// <summary>Shortest run.</summary>
    public static readonly TimeSpan ShortestDuration = TimeSpan.FromSeconds(1);

    /// <summary>Operations of the schedule of one run; each message of it is remembered until the end, so that a duplicate is noticed.</summary>
    public const int Operations = 20_000_000;

    /// <summary>Text of a message in bytes; Synapse refuses events above 65536 bytes altogether.</summary>
    public const int MessageBytes = 60_000;

    /// <summary>Longest time-out of a sync or a request, and longest deadline for deliveries.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    /// <summary>The problems of a profile, with the name of the limit in each; empty: it may run.</summary>
    /// <param name="profile">The profile, with what the command line replaced in it.</param>
    /// <param name="where">Place of a key such as <c>users</c> or <c>rooms.members</c>: <c>profiles/my.yaml:3</c> or <c>--rate</c>.</param>
    public static IReadOnlyList<Problem> Check(LoadProfile profile, Func<string, string> where)
    {
        var problems = new List<Problem>();

        void Range(string key, double value, double least, double most, string unit = "")
        {
            if (!(value >= least && value <= most))
            {
                problems.Add(new Problem(Invariant($"{key} is {value}{unit}, the limits are {least}{unit} and {most}{unit}"), where(key), Invariant($"Take a value from {least} to {most}")));
            }
        }

        void Time(string key, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                problems.Add(new Problem($"{key} is {Durations.Format(value)}, the limits are {Durations.Format(least)} and {Durations.Format(most)}", where(key), $"Take a time from {Durations.Format(least)} to {Durations.Format(most)}"));
            }
        }

        Range("users", profile.Users, 1, Users);
        Range("remote_users", profile.RemoteUsers, 0, Users);
        Range("rooms.count", profile.Rooms.Count, 1, Rooms);
        Range("rooms.members", profile.Rooms.Members, 1, Math.Min(Members, profile.Users < 1 ? Members : profile.Users));
        Time("duration", profile.Duration, ShortestDuration, Duration);
        if (!(profile.Open.Rate > 0 && profile.Open.Rate <= Rate))
        {
            problems.Add(new Problem(Invariant($"rate is {profile.Open.Rate}/s, the limits are above 0/s and {Rate}/s"), where("rate"), Invariant($"Take a rate above 0 and up to {Rate}")));
        }
        else if (profile.Duration <= Duration && profile.Open.Rate * profile.Duration.TotalSeconds > Operations)
        {
            problems.Add(new Problem(Invariant($"rate times duration is {profile.Open.Rate * profile.Duration.TotalSeconds:0} operations, the limit is {Operations}"), where("duration"), "Take a lower rate or a shorter duration"));
        }

        if (!(profile.Open.Mix.Sum > 0) || profile.Open.Mix.Send < 0 || profile.Open.Mix.Typing < 0 || profile.Open.Mix.Receipt < 0)
        {
            problems.Add(new Problem("mix needs shares that are not below 0, and one that is above", where("mix"), "Write for example mix: {send: 6, typing: 2, receipt: 2}"));
        }

        Range("sync.users", profile.Closed.Users ?? 0, 0, profile.Users < 1 ? Users : profile.Users);
        Time("sync.timeout", profile.Closed.Timeout, TimeSpan.Zero, Timeout);
        Range("message_bytes", profile.MessageBytes, 1, MessageBytes);
        Time("request_timeout", profile.RequestTimeout, ShortestDuration, Timeout);
        Time("delivery_deadline", profile.DeliveryDeadline, TimeSpan.Zero, Timeout);
        Range("allowed_errors", profile.AllowedErrors * 100, 0, 100, "%");
        return problems;
    }
}
