using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Starting;

namespace SynapseLab.Cli;

/// <summary>Stays with a lab that was started in the foreground: tells of containers that end, and takes the lab down on Ctrl-C.</summary>
/// <param name="services">Terminal and clock.</param>
/// <param name="starter">Takes it down.</param>
/// <param name="runtime">What it was started with, and what takes its own part down first.</param>
/// <param name="engine">Tells what happens.</param>
internal sealed class AttachedLab(LabServices services, LabStarter starter, ILabRuntime runtime, IContainerEngine engine)
{
    /// <summary>Returns when the lab was taken down, here or by <c>./lab down</c>.</summary>
    public async Task<int> RunAsync(string labName, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var happened in engine.EventsAsync($"{LabLabels.Name}={labName}", null, cancellationToken))
            {
                var container = happened.Labels.GetValueOrDefault(LabLabels.Container);
                if (happened.Action == "destroy" && (await engine.ListAsync($"{LabLabels.Name}={labName}", cancellationToken)).Count == 0)
                {
                    services.Output.WriteLine($"lab {labName} was taken down");
                    await runtime.RemoveAsync(labName, services.Root.Value.Lab(labName), CancellationToken.None);
                    return ExitCodes.Fine;
                }

                if (happened.Action == "die" && container is not null)
                {
                    services.Error.WriteLine($"lab: container {container} ended with exit code {happened.ExitCode}");
                }
                else if (happened.Action == "start" && container is not null)
                {
                    services.Error.WriteLine($"lab: container {container} was started");
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C.
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            // An engine that shuts down ends its events like any reply, and nobody asked for the lab to go.
            throw LabException.Failed($"the container engine stopped telling what happens to lab {labName}", fix: $"See ./lab doctor, then {ToType.On(labName, "status")}");
        }

        services.Output.WriteLine($"taking lab {labName} down ...");
        await runtime.RemoveAsync(labName, services.Root.Value.Lab(labName), CancellationToken.None);
        await starter.StopAsync(labName, CancellationToken.None);
        return ExitCodes.Fine;
    }
}
