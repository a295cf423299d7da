namespace SynapseLab.Cli.Commands;

/// <summary>Shows what a bench measures.</summary>
internal sealed class BenchProgress(LiveLine line) : IProgress<string>
{
    public void Report(string value) => line.Show(value, 0, "");
}
