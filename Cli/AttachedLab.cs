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
        var folder = services.Root.Value.Lab(labName);
        try
        {
            await LabFollower.UntilTakenDownAsync(engine, labName, line => services.Error.WriteLine($"lab: {line}"), cancellationToken);
            services.Output.WriteLine($"lab {labName} was taken down");
            await runtime.RemoveAsync(labName, folder, CancellationToken.None);
            return ExitCodes.Fine;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C.
        }

        services.Output.WriteLine($"taking lab {labName} down ...");
        await runtime.RemoveAsync(labName, folder, CancellationToken.None);
        await starter.StopAsync(labName, CancellationToken.None);
        return ExitCodes.Fine;
    }
}
