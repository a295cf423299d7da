using SynapseLab.Runtimes.Starting;

namespace SynapseLab.Cli;

/// <summary>Shows a start line by line.</summary>
/// <param name="output">Takes what became healthy.</param>
/// <param name="error">Takes what went wrong.</param>
internal sealed class StartReport(TextWriter output, TextWriter error) : IStartReport
{
    public void Note(string line) => output.WriteLine(line);

    public void Healthy(string part, TimeSpan after) => output.WriteLine($"  {after.TotalSeconds,6:0.0} s  {part}");

    /// <summary>Whether what went wrong was told already.</summary>
    public bool ToldOfFailure { get; private set; }

    public void Failed(IReadOnlyList<Problem> problems)
    {
        ToldOfFailure = true;
        Failure.Write(error, problems);
    }
}
