namespace SynapseLab.Runtimes.Parts;

/// <summary>What an operator does to a part of a running lab. As a command each is called like its name in small letters:
/// <c>./lab partition redis</c>.</summary>
public enum Verb
{
    /// <summary>SIGTERM, and SIGKILL after some seconds.</summary>
    Stop,

    /// <summary>Starts what has ended.</summary>
    Start,

    /// <summary>Stop and start.</summary>
    Restart,

    /// <summary>SIGKILL: no time to tidy up.</summary>
    Kill,

    /// <summary>Freezes it: connections stay open and nobody answers.</summary>
    Pause,

    /// <summary>Lets it go on.</summary>
    Unpause,

    /// <summary>Cuts it off the lab's network: it runs, reaches nobody and nobody reaches it.</summary>
    Partition,

    /// <summary>Connects it again.</summary>
    Heal,
}

/// <summary>The words of verbs.</summary>
public static class VerbWords
{
    /// <summary>As it is typed: <c>partition</c>.</summary>
    public static string Word(this Verb verb) => verb.ToString().ToLowerInvariant();

    /// <summary>What the part is then: <c>cut off</c>.</summary>
    public static string Done(this Verb verb) => verb switch
    {
        Verb.Stop => "stopped",
        Verb.Start or Verb.Restart => "started",
        Verb.Kill => "killed",
        Verb.Pause => "paused",
        Verb.Unpause => "goes on",
        Verb.Partition => "cut off",
        _ => "connected",
    };
}
