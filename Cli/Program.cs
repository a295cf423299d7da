using System.Runtime.InteropServices;
using SynapseLab.Cli;

using var interrupted = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
return await new CommandRunner(LabServices.OfThisProcess(), LabCommands.All).RunAsync(args, interrupted.Token);

// The first signal asks the command to end in order; a second one ends it at once.
void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
