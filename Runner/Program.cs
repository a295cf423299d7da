// lab-runner VERB ...: a verb of ./lab as a service of an Aspire application. Its lines go to the console as ever, and with traces
// and metrics to where OTEL_EXPORTER_OTLP_ENDPOINT says. ./lab itself is without that: a short command would wait for it.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SynapseLab.Cli;
using SynapseLab.Cli.Commands;
using SynapseLab.Runner;
using SynapseLab.Runtimes.Machine;
using SynapseLab.ServiceDefaults;

using var interrupted = new InterruptSignals();
var builder = Host.CreateApplicationBuilder();
// The console has the verb's own lines.
builder.Logging.ClearProviders();
builder.AddServiceDefaults();
using var host = builder.Build();
await host.StartAsync();
var log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("lab");
var services = LabServices.OfThisProcess(new LoggedLines(Console.Out, log), new LoggedLines(Console.Error, log));
var exitCode = await new CommandRunner(services, LabCommands.All).RunAsync(args, interrupted.Token);
host.Services.FlushTelemetry(within: TimeSpan.FromSeconds(30));
return exitCode;
