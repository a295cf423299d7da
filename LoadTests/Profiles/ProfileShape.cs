using SynapseLab.Yaml.Shapes;
using static SynapseLab.LoadTests.Profiles.LoadLimits;

namespace SynapseLab.LoadTests.Profiles;

/// <summary>What may stand where in a load profile. The check of files and of the command line's own values, and docs/profile.schema.json
/// come from here.</summary>
public static class ProfileShape
{
    /// <summary>Under <c>rate</c>, and behind <c>--rate</c>.</summary>
    public static NumberShape Rate { get; } =
        new("Operations per second of the open workload.", 0, MostRate, Whole: false) { AboveMin = true };

    /// <summary>Under <c>duration</c>, and behind <c>--duration</c>.</summary>
    public static DurationShape Duration { get; } = new("How long the load lasts, as 60s or 5m.", ShortestDuration, LongestDuration);

    /// <summary>Under <c>seed</c>, and behind <c>--seed</c>.</summary>
    public static NumberShape Seed { get; } =
        new("Decides when, what, who and where; 1 without the key.", long.MinValue, long.MaxValue, Whole: true);

    /// <summary>The whole file.</summary>
    public static MappingShape File { get; } = new("A load profile: who does what to a running lab, how often and how long.",
    [
        new("description", new TextShape("What it is for, one or two sentences.")),
        new("users", new NumberShape("Users of the first homeserver; they talk.", 1, MostUsers, Whole: true), IsMissing("users")),
        new("remote_users", new NumberShape(
            "Users of each other homeserver: members of every room, they listen. Needs a topology with several homeservers.",
            0,
            MostUsers,
            Whole: true)),
        new("rooms", new MappingShape("The rooms.",
        [
            new("count", new NumberShape("How many.", 1, MostRooms, Whole: true), IsMissing("count")),
            new("members", new NumberShape("Users of the first homeserver in each.", 1, MostMembers, Whole: true), IsMissing("members")),
            new("popularity", new ChoiceShape("How operations spread over the rooms.", "popularity",
            [
                new("even", "Each room gets as many as any other, the default."),
                new("zipf", "The room of rank k gets a share of 1/k."),
            ])),
        ]), IsMissing("rooms")),
        new("duration", Duration, IsMissing("duration")),
        new("rate", Rate, IsMissing("rate")),
        new("arrival", new ChoiceShape("How the starts lie in time.", "arrival",
            [new("poisson", "Independent of each other, as many people make them, the default."), new("steady", "Equal gaps.")])),
        new(
            "mix",
            new MappingShape("Shares of the operations, relative to their sum.", [Share("send"), Share("typing"), Share("receipt")]),
            IsMissing("mix")),
        new("sync", new MappingShape("The closed workload: users who always have one sync open.",
        [
            new("users", new EitherShape(
                "How many of the first homeserver's users keep a sync open; all without the key.",
                $"'all' or a whole number from 0 to {MostUsers}",
                [new TextShape("All.", "all", "all"), new NumberShape("So many.", 0, MostUsers, Whole: true)])),
            new("timeout", new DurationShape(
                "How long a sync waits for something to happen; 30s without the key.", TimeSpan.Zero, LongestTimeout)),
        ])),
        new("message_bytes", new NumberShape("Text of a message; 64 without the key.", 1, MostMessageBytes, Whole: true)),
        new("request_timeout", new DurationShape(
            "How long a request may take, a sync its own timeout longer; 60s without the key.", ShortestDuration, LongestTimeout)),
        new("delivery_deadline", new DurationShape(
            "How long the last messages may take to arrive before they count as lost; 30s without the key.",
            TimeSpan.Zero,
            LongestTimeout)),
        new("allowed_errors", new TextShape(
            "Share of the operations that may fail in a good run; 0% without the key.",
            "(?:100|[0-9]{1,2}(?:\\.[0-9]+)?)%",
            "a share in percent such as 0.5%")),
        new("seed", Seed),
    ]);

    private static Key Share(string operation) =>
        new(operation, new NumberShape($"Share of {operation}.", 0, 1_000_000, Whole: false));

    private static (string What, string Fix) IsMissing(string key) => ($"'{key}' is missing", "Add it, see docs/profiles.md");
}
