namespace SynapseLab.Runtimes.Starting;

/// <summary>Follows a start. Calls come one after the other.</summary>
public interface IStartReport
{
    /// <summary>Something that a user should know: what is done once, what is waited for.</summary>
    void Note(string line);

    /// <summary>A container or process became healthy.</summary>
    /// <param name="part">Name of the container or id of the process.</param>
    /// <param name="after">Time since the start began.</param>
    void Healthy(string part, TimeSpan after);

    /// <summary>What ended the start; told before the clean-up begins.</summary>
    void Failed(IReadOnlyList<Problem> problems);
}
