namespace SynapseLab.Scenarios.Stories;

/// <summary>What a scenario tells while it runs: what was done, and what was seen.</summary>
public interface IStory
{
    /// <summary>Something is done now: <c>Alice sends 100 messages to the room</c>.</summary>
    void Step(string what);

    /// <summary>Something was seen: <c>database: 106 events, all by events_persister1</c>.</summary>
    void Saw(string what);
}
