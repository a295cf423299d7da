namespace SynapseLab.Runtimes.Machine;

/// <summary>Runs set-up (<c>eng/setup</c>), which installs, starts and builds what a machine is missing.</summary>
/// <param name="checkout">The checkout's folder.</param>
public sealed class MachineSetUp(string checkout)
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="options">Its options, see <c>eng/setup --help</c>.</param>
    /// <param name="say">Takes its progress, line by line.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">The machine can't be set up (exit code 2); set-up has said why and what to do.</exception>
    public async Task RunAsync(IReadOnlyList<string> options, Action<string> say, CancellationToken cancellationToken)
    {
        say("setting up this machine (once) ...");
        var result = await ExternalCommand.RunAsync(Path.Combine(checkout, "eng", "setup"), options, null, say, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw LabException.WrongUse(
                "the machine is not ready, see above",
                fix: $"Run {string.Join(' ', ["./lab", "setup", .. options])} again when that is mended");
        }
    }
}
