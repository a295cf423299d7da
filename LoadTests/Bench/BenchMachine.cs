using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.LoadTests.Bench;

/// <summary>What benches need of the machine beside the engine and the lab's images: wrk alone. Their nginx is the lab's own image, since
/// Debian's package would listen on port 80 of every address.</summary>
/// <param name="root">The checkout, with set-up in it.</param>
public sealed class BenchMachine(LabRoot root)
{
    /// <summary>The same for people, as a part of a sentence.</summary>
    public const string Needs = "needs wrk (Debian's package wrk), which set-up installs";

    /// <summary>Runs set-up where something is missing.</summary>
    /// <param name="say">Takes set-up's progress, line by line.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="LabException">It cannot be installed (exit code 2); set-up has said why and what to do.</exception>
    public Task EnsureAsync(Action<string> say, CancellationToken cancellationToken) =>
        BenchTool.TryFind("wrk") is null
            ? new MachineSetUp(root.Path).RunAsync(["--for-bench"], say, cancellationToken)
            : Task.CompletedTask;
}
