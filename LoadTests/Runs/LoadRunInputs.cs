using System.Net;
using SynapseLab.LoadTests.Driver;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.Runtimes;

namespace SynapseLab.LoadTests.Runs;

/// <summary>What a run needs.</summary>
public sealed record LoadRunInputs
{
    /// <summary>The lab, running.</summary>
    public required RunningLab Lab { get; init; }

    /// <summary>The profile, with what the command line replaced in it.</summary>
    public required LoadProfile Profile { get; init; }

    /// <summary>Who starts the operations.</summary>
    public required ILoadDriver Driver { get; init; }

    /// <summary>The command that repeats the run.</summary>
    public required string Command { get; init; }

    /// <summary>The result's folder; exists.</summary>
    public required string Folder { get; init; }

    /// <summary>Where the first homeserver's clients go, from <see cref="TargetGuard"/>; null: to the lab's own proxy.</summary>
    public IPEndPoint? Target { get; init; }

    /// <summary>Place of <c>remote_users</c> in the profile, for problems.</summary>
    public string? RemoteUsersPlace { get; init; }

    /// <summary>How long the last messages are waited for after Ctrl-C: nobody wants to wait long then.</summary>
    public TimeSpan DrainAfterStop { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Told where the run is.</summary>
    public required IProgress<LoadProgress> Progress { get; init; }
}
