using SynapseLab.Cli.Commands;
using SynapseLab.Cli;
using SynapseLab.Runtimes.Machine;

using var interrupted = new InterruptSignals();
return await new CommandRunner(LabServices.OfThisProcess(), LabCommands.All).RunAsync(args, interrupted.Token);
