namespace SynapseLab.LoadTests.Profiles;

/// <summary>What a load run does, parsed from profiles/*.yaml and checked against <see cref="LoadLimits"/>. docs/profiles.md describes the
/// file.</summary>
public sealed record LoadProfile
{
    /// <summary>The file's name without its ending: <c>chat</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for, one or two sentences.</summary>
    public string Description { get; init; } = "";

    /// <summary>Users of the first homeserver; they talk.</summary>
    public required int Users { get; init; }

    /// <summary>Users of each other homeserver; they are members of the rooms and listen. Above 0 only with topologies of several
    /// homeservers.</summary>
    public int RemoteUsers { get; init; }

    /// <summary>The rooms.</summary>
    public required RoomShape Rooms { get; init; }

    /// <summary>How long the load lasts, without set-up and without the time in which the last messages arrive.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Until when, from the start of the load, a run that keeps its plan has done all of it: the last operations take their time,
    /// too.</summary>
    public TimeSpan KeptUntil => Duration + TimeSpan.FromSeconds(Math.Max(1, Duration.TotalSeconds / 20));

    /// <summary>The open workload.</summary>
    public required OpenWorkload Open { get; init; }

    /// <summary>The closed workload.</summary>
    public required ClosedWorkload Closed { get; init; }

    /// <summary>Length of a message's text in bytes.</summary>
    public int MessageBytes { get; init; } = 64;

    /// <summary>How long a request may take; a sync may take its time-out more.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the last messages may take to arrive after the load ended, before they count as lost.</summary>
    public TimeSpan DeliveryDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Share of the schedule's operations that may fail in a good run, 0 to 1.</summary>
    public double AllowedErrors { get; init; }

    /// <summary>Decides when, what, who and where; the same seed gives the same operations.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>The rooms of a profile.</summary>
/// <param name="Count">How many.</param>
/// <param name="Members">Users of the first homeserver in each.</param>
/// <param name="Popularity">How operations spread over them.</param>
public sealed record RoomShape(int Count, int Members, Popularity Popularity);

/// <summary>How operations spread over rooms.</summary>
public enum Popularity
{
    /// <summary>Each room gets as many as any other (<c>even</c>).</summary>
    Even,

    /// <summary>The room of rank k gets a share of 1/k (<c>zipf</c>): a few busy rooms and many quiet ones.</summary>
    Zipf,
}

/// <summary>Operations that start by schedule, whether or not earlier ones have ended (NBomber: Inject).</summary>
/// <param name="Rate">Operations per second, all kinds together.</param>
/// <param name="Arrival">How the starts lie in time.</param>
/// <param name="Mix">Shares of the kinds.</param>
public sealed record OpenWorkload(double Rate, Arrival Arrival, OperationMix Mix);

/// <summary>How the starts of a schedule lie in time.</summary>
public enum Arrival
{
    /// <summary>Independent of each other, as many users who know nothing of each other make them: exponential gaps
    /// (<c>poisson</c>).</summary>
    Poisson,

    /// <summary>Equal gaps (<c>steady</c>).</summary>
    Steady,
}

/// <summary>Shares of the open workload's operations, relative to their sum.</summary>
/// <param name="Send">Messages.</param>
/// <param name="Typing">Typing notices.</param>
/// <param name="Receipt">Read receipts.</param>
public sealed record OperationMix(double Send, double Typing, double Receipt)
{
    /// <summary>What the shares are relative to.</summary>
    public double Sum => Send + Typing + Receipt;
}

/// <summary>Users who always have one sync open: a long poll, and the next one when it is answered (NBomber: KeepConstant).</summary>
/// <param name="Users">How many of the first homeserver's users; null: all. Remote users always sync.</param>
/// <param name="Timeout">How long a sync waits for something to happen.</param>
public sealed record ClosedWorkload(int? Users, TimeSpan Timeout);
