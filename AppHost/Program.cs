using SynapseLab.AppHost;
using SynapseLab.Cli;

// dotnet run --project AppHost [-- --topology NAME --runtime aspire|compose ...]: what `./lab up` does, with Aspire as a further
// runtime and the default where its packages are there.
using var interrupted = new InterruptSignals();
var services = LabServices.OfThisProcess(AppHostRuntimes.All);
AppHostRuntimes.SayWhichIsInUse(args, services.Error);
return await new CommandRunner(services, LabCommands.All).RunAsync(["up", .. args], interrupted.Token);
