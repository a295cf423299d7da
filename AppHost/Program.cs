using SynapseLab.AppHost;
using SynapseLab.Cli;

// dotnet run --project AppHost [-- --topology NAME --runtime aspire|compose ...]: what `./lab up` does, with Aspire as a further
// runtime and the default.
using var interrupted = new InterruptSignals();
var services = LabServices.OfThisProcess(AppHostRuntimes.All);
return await new CommandRunner(services, LabCommands.All).RunAsync(["up", .. args], interrupted.Token);
